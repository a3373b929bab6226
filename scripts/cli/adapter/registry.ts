// Finds the jobs: every file of scripts/jobs default-exports one. Knows nothing of what they do.
import { readdirSync } from "node:fs";
import path from "node:path";
import type { Job } from "../../core/job";

/** All jobs, by name. @throws Error when a file exports none, or two share a name: a defect of the repository */
export async function discoverJobs(directory: string): Promise<Job[]> {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".ts"))
    .sort();
  const jobs = await Promise.all(files.map((file) => loadJob(directory, file)));
  return jobs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The job of this name alone: nobody who names one waits for the others to be loaded. */
export async function findJob(directory: string, name: string | undefined): Promise<Job | undefined> {
  const file = `${name}.ts`;
  return readdirSync(directory).includes(file) ? await loadJob(directory, file) : undefined;
}

async function loadJob(directory: string, file: string): Promise<Job> {
  const module = (await import(path.join(directory, file))) as { default?: Job | { default?: Job } };
  const job = module.default && "name" in module.default ? module.default : module.default?.default;
  if (!job?.name) throw new Error(`scripts/jobs/${file} does not default-export a job`);
  if (`${job.name}.ts` !== file)
    throw new Error(`scripts/jobs/${file} declares the job ${job.name}; names must agree`);
  return job;
}
