// Checking manifests beside other tools: npx tsx test/bench/manifests.ts [--objects 5000] [--rounds 3]
// The same generated files for everyone in one run. Tools are taken from PATH; what is not there is "not measured".
// Verdicts are compared before anything is timed. kubeconform validates; conftest and kyverno hold five rules; ops does
// both, with all of its rules.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { mistakesOf } from "../../policies/engine/kubernetes/schema";
import { KUBERNETES } from "../../policies/engine/kubernetes/version";
import {
  kubeconformArguments,
  refusedByKubeconform,
  writeSchemas,
} from "../policies/engine/kubernetes/kubeconform";
import { mutantsOf } from "../policies/engine/kubernetes/mutants";
import { renderedFiles, subjectsIn, textOf } from "../policies/engine/kubernetes/rendered";
import { type Contestant, interleave, report } from "./measure";

const ROOT = path.resolve(__dirname, "../..");
const { values } = parseArgs({
  options: { objects: { type: "string", default: "5000" }, rounds: { type: "string", default: "3" } },
});
const rounds = Number(values.rounds);

interface Tool {
  name: string;
  command: string;
  args: readonly string[];
  /** Exit codes of a run that did its work. */
  accepts?: readonly number[];
  /** What its output says when it looked at everything. */
  says?: string;
}

const isInstalled = (command: string): boolean =>
  !(spawnSync(command, ["version"], { stdio: "ignore" }).error instanceof Error);

function contestant({ name, command, args, accepts = [0], says = "" }: Tool): Contestant {
  return {
    name,
    async run() {
      const { status, stdout, stderr, error } = spawnSync(command, args, {
        cwd: ROOT,
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      });
      if (error || !accepts.includes(status ?? -1))
        throw new Error(`${name} exited ${status}: ${stderr.slice(0, 500)}`);
      if (!stdout.includes(says)) throw new Error(`${name} did not say "${says}": ${stdout.slice(0, 500)}`);
      return undefined;
    },
  };
}

/** Whole environments side by side, each object a file of its own, as they are committed. @returns their texts */
function generate(folder: string, objects: number): string[] {
  const files = renderedFiles("prod");
  const texts: string[] = [];
  for (let copy = 0; texts.length < objects; copy++)
    for (const file of files.slice(0, objects - texts.length)) {
      const text = textOf(file).replaceAll("environment: prod", `environment: e${copy}`);
      const target = path.join(folder, file.replace("/prod/", `/e${copy}/`));
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
      texts.push(text);
    }
  return texts;
}

/** @throws Error when two validators differ on one file */
function sameVerdicts(base: string, schemas: string): string {
  const folder = path.join(base, "verdicts");
  mkdirSync(folder);
  const real = renderedFiles();
  const texts = [...real.map(textOf), ...mutantsOf(real, 500, 1)];
  texts.forEach((text, index) => {
    writeFileSync(path.join(folder, `${index}.yaml`), text);
  });
  const refused = refusedByKubeconform(schemas, folder);
  const ours = texts.flatMap((text, index) =>
    subjectsIn(`${index}.yaml`, text).some((each) => mistakesOf(each).length > 0) ? [`${index}.yaml`] : [],
  );
  if (ours.sort().join() !== [...refused].sort().join())
    throw new Error("verdicts differ from kubeconform's");
  return `Verdicts: ${texts.length} files, ${ours.length} refused by both validators, no difference.`;
}

async function main(): Promise<void> {
  const base = mkdtempSync(path.join(tmpdir(), "ops-bench-manifests-"));
  try {
    const schemas = path.join(base, "schemas");
    const folder = path.join(base, "all");
    const texts = generate(folder, Number(values.objects));
    const objects = texts.length;
    const tree = path.join(folder, "k8s/rendered");
    // Of several folders kyverno reads the last one only: it gets the same objects in one file.
    const whole = path.join(base, "all.yaml");
    writeFileSync(whole, texts.join("\n---\n"));
    const one = path.join(tree, "e0", "learning-web", "rollout-learning-web.yaml");
    const node = process.execPath;
    const ops = (target: string): Tool => ({
      name: "ops check: validity and every rule",
      command: node,
      args: ["ops", "check", target, "--surface", "kubernetes", "--fail-on", "none"],
    });
    const here = (command: string, tools: readonly Tool[]): Tool[] => {
      if (isInstalled(command)) return [...tools];
      console.log(`${command}: not measured (not installed)`);
      return [];
    };
    if (isInstalled("kubeconform")) {
      writeSchemas(schemas, KUBERNETES);
      console.log(sameVerdicts(base, schemas));
    }
    const kubeconform = (target: string): Tool[] =>
      [1, undefined].map((workers) => ({
        name: `kubeconform, ${workers ?? 4} worker${workers ? "" : "s"}`,
        command: "kubeconform",
        args: [...kubeconformArguments(schemas, workers), target],
      }));
    const policies = path.join(ROOT, "test/bench/policies");
    const many = [
      ops(tree),
      ...here("kubeconform", kubeconform(tree)),
      ...here("conftest", [
        {
          name: "conftest, five rules",
          command: "conftest",
          args: ["test", "-p", path.join(policies, "five.rego"), "--quiet", tree],
        },
      ]),
      ...here("kyverno", [
        {
          name: "kyverno apply, five rules",
          command: "kyverno",
          args: ["apply", path.join(policies, "five.kyverno.yaml"), "-r", whole],
          says: `to ${objects} resource(s)`,
        },
      ]),
    ];
    here("kube-linter", []);
    const rows = await interleave(many.map(contestant), rounds);
    console.log(report(`${objects} manifests, a file each`, rows));
    for (const { name, median } of rows) console.log(`${name}: ${Math.round(objects / median)} objects/s`);
    const cold = [ops(one), ...(isInstalled("kubeconform") ? kubeconform(one).slice(0, 1) : [])];
    console.log(report("One file, from a cold start", await interleave(cold.map(contestant), rounds)));
    const unchanged: Tool = {
      name: "ops check of this repository, unchanged",
      command: node,
      args: ["ops", "check", "--fail-on", "none"],
    };
    const [first, ...again] = (await interleave([contestant(unchanged)], rounds + 1))[0]!.seconds;
    console.log(
      `unchanged repository: first ${first!.toFixed(2)} s, then ${again.map((s) => s.toFixed(2)).join(" ")} s`,
    );
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

void main();
