// The order in which files begin. What takes longest begins first, so that none of it is left over when everything else has ended; beside
// it come the files of the project that only computes, all in a row, because a thread is kept as long as the next file is of its project.
// Vitest itself knows durations only where it ran before.
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first; see the times at the end of a run. */
const LONG = [
  "slow/self-test",
  "slow/data-histories",
  "slow/masking",
  "slow/coverage",
  "slow/pipelines",
  "slow/sandbox",
  "e2e/cli",
  "e2e/data-rules",
  "e2e/dump",
  "e2e/data-hostile",
  "e2e/content",
  "scripts/jobs/plan",
  "scripts/isolation/adapter/container",
  "scripts/release/adapter/pull-request",
  "e2e/autovacuum",
  "scripts/evidence/adapter/tamper",
  "scripts/evidence/adapter/ledger",
  "scripts/evidence/adapter/crash",
  "scripts/evidence/adapter/liar",
];

/** Begin before the files that only compute. */
const FIRST = LONG.indexOf("e2e/data-rules") + 1;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId, project }: TestSpecification): number => {
      const name = path.relative(import.meta.dirname, moduleId).replace(/\.test\.ts$/, "");
      const at = LONG.includes(name) ? LONG.indexOf(name) : LONG.length;
      return at < FIRST || project.name !== "unit" ? at : FIRST - 1 + (at + 1) / (LONG.length + 2);
    };
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
