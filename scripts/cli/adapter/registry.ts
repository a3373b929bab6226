// Finds the jobs: every file of scripts/jobs, and every folder with an index.ts, default-exports one.
import { readdirSync } from "node:fs";
import path from "node:path";
import type { Job } from "../../core/job";

/** Names of all jobs, sorted, from the names of their files alone. */
export function jobNames(directory: string): string[] {
  return readdirSync(directory)
    .map((file) => file.replace(/\.ts$/, ""))
    .sort();
}

/** All jobs, by name. @throws Error when a file exports none, or one of another name: a defect of the repository */
export async function discoverJobs<Tools>(directory: string): Promise<Job<Tools>[]> {
  return await Promise.all(jobNames(directory).map((name) => loadJob<Tools>(directory, name)));
}

/** The job of this name alone: nobody who names one waits for the others to be loaded. */
export async function findJob<Tools>(
  directory: string,
  name: string | undefined,
): Promise<Job<Tools> | undefined> {
  return name !== undefined && jobNames(directory).includes(name)
    ? await loadJob(directory, name)
    : undefined;
}

interface Module<Tools> {
  default?: Job<Tools> | { default?: Job<Tools> };
}

async function loadJob<Tools>(directory: string, name: string): Promise<Job<Tools>> {
  const module: Module<Tools> = await import(fileOf(directory, name));
  const job = module.default && "name" in module.default ? module.default : module.default?.default;
  if (!job?.name) throw new Error(`scripts/jobs/${name} does not default-export a job`);
  if (job.name !== name)
    throw new Error(`scripts/jobs/${name} declares the job ${job.name}; names must agree`);
  return job;
}

function fileOf(directory: string, name: string): string {
  const folder = readdirSync(directory).includes(name);
  return folder ? path.join(directory, name, "index.ts") : path.join(directory, `${name}.ts`);
}
