// Begins with the files that take longest, so that none of them is left over when everything else has ended. Vitest itself knows
// durations only where it ran before.
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first; see the times at the end of a run. */
const LONG = [
  "slow/self-test",
  "slow/coverage",
  "slow/pipelines",
  "e2e/cli",
  "e2e/odd-platform",
  "scripts/sandbox/adapter/sandbox.e2e",
  "e2e/dump",
  "e2e/autovacuum",
  "e2e/content",
  "scripts/jobs/plan",
  "policies/crossguard/pack",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const name = path.relative(import.meta.dirname, moduleId).replace(/\.test\.ts$/, "");
      return LONG.includes(name) ? LONG.indexOf(name) : LONG.length;
    };
    return sorted.sort((a, b) => place(a) - place(b));
  }
}
