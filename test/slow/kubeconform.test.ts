// Two validators, one set of definitions, the same verdict on every file. Skips where kubeconform is not installed
// (`go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0`).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { mistakesOf } from "../../policies/engine/kubernetes/schema";
import { KUBERNETES } from "../../policies/engine/kubernetes/version";
import {
  hasKubeconform,
  refusedByKubeconform,
  writeSchemas,
} from "../policies/engine/kubernetes/kubeconform";
import { mutantsOf } from "../policies/engine/kubernetes/mutants";
import { isRendered, renderedFiles, subjectsIn, textOf } from "../policies/engine/kubernetes/rendered";

const SEED = 20261125;

it.skipIf(!hasKubeconform || !isRendered)(
  "agrees with kubeconform on real and on damaged manifests",
  () => {
    const base = mkdtempSync(path.join(tmpdir(), "ops-kubeconform-"));
    onTestFinished(() => rmSync(base, { recursive: true }));
    const schemas = path.join(base, "schemas");
    writeSchemas(schemas, KUBERNETES);
    const real = renderedFiles();
    const texts = [...real.map(textOf), ...mutantsOf(real, 2000, SEED)];
    const folder = mkdtempSync(path.join(base, "manifests-"));
    texts.forEach((text, index) => {
      writeFileSync(path.join(folder, `${index}.yaml`), text);
    });
    const refused = refusedByKubeconform(schemas, folder);
    const differ = texts.flatMap((text, index) => {
      const file = `${index}.yaml`;
      const mistakes = subjectsIn(file, text).flatMap((subject) => mistakesOf(subject));
      return mistakes.length > 0 === refused.has(file) ? [] : [{ file, mistakes, text: text.slice(0, 2000) }];
    });
    expect(differ).toEqual([]);
    expect(refused.size).toBeGreaterThan(500);
    expect(texts.length - refused.size).toBeGreaterThan(real.length);
  },
  300_000,
);
