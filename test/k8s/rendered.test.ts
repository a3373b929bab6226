// The committed rendering: current, valid, the same every time. `./ops render` writes it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { staleness } from "../../scripts/render/difference";
import { ENVIRONMENTS, manifests, schemaMistakes } from "./rendered";

describe("k8s/rendered", () => {
  it("is what k8s/ and the releases say: `./ops render` writes it", async () => {
    const files = new Map((await manifests.render(ENVIRONMENTS)).map(({ path, text }) => [path, text]));
    expect(files.size).toBeGreaterThan(300);
    expect(staleness(await manifests.committed(ENVIRONMENTS), files)).toEqual({
      changed: [],
      missing: [],
      stale: [],
    });
  });

  it("holds one object a file that the definitions of Kubernetes and of every CRD accept", async () => {
    const files = await manifests.render(ENVIRONMENTS);
    const refused = files.flatMap((file) => schemaMistakes(file).map((mistake) => `${file.path} ${mistake}`));
    expect(refused).toEqual([]);
    // The same check does refuse: a test of the test.
    const rollout = files.find(({ path }) => path.endsWith("rollout-learning-web.yaml"))!;
    const broken = { ...rollout, text: rollout.text.replace("minReadySeconds: 10", "minReadySecond: 10") };
    expect(schemaMistakes(broken).join()).toContain("minReadySecond");
  });

  it("is the same however the environments are asked for", async () => {
    const whole = new Map((await manifests.render(ENVIRONMENTS)).map(({ path, text }) => [path, text]));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...ENVIRONMENTS], { minLength: 1 }), async (environments) => {
        const part = await manifests.render(environments);
        expect(part.map(({ path }) => path)).toEqual(part.map(({ path }) => path).toSorted());
        for (const { path, text } of part) expect(text).toBe(whole.get(path));
      }),
      { numRuns: 4 },
    );
  });
});
