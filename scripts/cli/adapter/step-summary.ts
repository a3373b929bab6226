// The summaries that a pipeline shows: GitHub's of this step, and the file in which a pipeline gathers those of all its steps.
import { appendFile } from "node:fs/promises";
import path from "node:path";
import { makeDirectories } from "../../machine/directories";
import { sectionMark } from "../../pipeline/comment";

export async function appendToSummaries(
  job: string,
  markdown: string,
  { GITHUB_STEP_SUMMARY, OPS_SUMMARY }: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  for (const file of [GITHUB_STEP_SUMMARY, OPS_SUMMARY]) {
    if (file === undefined || file === "") continue;
    makeDirectories(path.dirname(file));
    await appendFile(file, `${sectionMark(job)}\n${markdown}\n`);
  }
}
