// How long rendering takes: npx tsx test/bench/render.ts [--rounds 7]. Ratios, never an assertion.
import path from "node:path";
import { parseArgs } from "node:util";
import { createHost } from "../../scripts/machine";
import { createManifests } from "../../scripts/render/adapter";
import { difference } from "../../scripts/render/difference";
import { interleave, report } from "./measure";

const ROOT = path.resolve(__dirname, "../..");
const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });

async function main(): Promise<void> {
  const manifests = createManifests(createHost(), ROOT);
  const environments = await manifests.environments();
  const files = await manifests.render(environments); // loads the builders
  const texts = new Map(files.map(({ path: file, text }) => [file, text]));
  const timed = (name: string, work: () => unknown) => ({
    name,
    run: async (): Promise<undefined> => {
      await work();
    },
  });
  const rows = await interleave(
    [
      timed(`render ${environments.length} environments`, () => manifests.render(environments)),
      ...environments.map((name) => timed(`render ${name}`, () => manifests.render([name]))),
      timed("read what is committed", () => manifests.committed(environments)),
      timed("read it from git (--base)", () => manifests.committedAt("HEAD", environments)),
      timed("compare object by object", () => difference(texts, texts)),
    ],
    Number(values.rounds),
  );
  const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
  console.log(report(`${files.length} objects, ${Math.round(bytes / 1024)} KiB`, rows));
}

void main();
