// Reads of a workflow's or composite action's subject what several rules ask: jobs, steps, triggers, expressions.
import { valueAt } from "../expect";
import type { Path, Subject } from "../subject";
import { isList, isRecord, type PlannedValue } from "../value";

export type Mapping = Readonly<Record<string, PlannedValue>>;

export interface WorkflowJob {
  id: string;
  of: Mapping;
  path: Path;
}

export interface WorkflowStep {
  of: Mapping;
  path: Path;
  /** Absent for a step of a composite action. */
  job?: WorkflowJob;
}

const mapping = (value: PlannedValue | undefined): Mapping => (isRecord(value) ? value : {});

export function jobsOf(subject: Subject): WorkflowJob[] {
  return Object.entries(mapping(valueAt(subject, "jobs"))).map(([id, job]) => ({
    id,
    of: mapping(job),
    path: ["jobs", id],
  }));
}

function listed(value: PlannedValue | undefined, path: Path, job?: WorkflowJob): WorkflowStep[] {
  if (!isList(value)) return [];
  return value.map((step, index) => ({ of: mapping(step), path: [...path, index], ...(job ? { job } : {}) }));
}

/** Steps of all jobs, or of a composite action. */
export function stepsOf(subject: Subject): WorkflowStep[] {
  const composite = listed(valueAt(subject, "runs.steps"), ["runs", "steps"]);
  return [...composite, ...jobsOf(subject).flatMap((job) => stepsOfJob(job))];
}

export const stepsOfJob = (job: WorkflowJob): WorkflowStep[] =>
  listed(job.of.steps, [...job.path, "steps"], job);

/** Names of the events that start it: `on: push`, `on: [push]` and `on: { push: … }` alike. */
export function triggersOf(subject: Subject): string[] {
  const on = valueAt(subject, "on");
  if (typeof on === "string") return [on];
  if (isList(on)) return on.filter((event) => typeof event === "string");
  return Object.keys(mapping(on));
}

/** Crons of `on.schedule`, each with its place. */
export function cronsOf(subject: Subject): { cron: string; path: Path }[] {
  const schedule = valueAt(subject, "on.schedule");
  if (!isList(schedule)) return [];
  return schedule.flatMap((entry, index) => {
    const { cron } = mapping(entry);
    return typeof cron === "string" ? [{ cron, path: ["on", "schedule", index, "cron"] }] : [];
  });
}

/** What stands between `${{` and `}}`. */
export const expressionsIn = (text: PlannedValue | undefined): string[] =>
  typeof text === "string"
    ? [...text.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].map((match) => (match[1] ?? "").trim())
    : [];

/** Every text of a value, with its place. */
export function textsIn(value: PlannedValue | undefined, path: Path = []): { text: string; path: Path }[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (isList(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  return Object.entries(mapping(value)).flatMap(([key, item]) => textsIn(item, [...path, key]));
}

/** Permissions of a job: its own, or the workflow's. Undefined = whatever the repository's default is. */
export const permissionsOf = (subject: Subject, job: WorkflowJob): PlannedValue | undefined =>
  job.of.permissions ?? valueAt(subject, "permissions");

/** Name of the environment that a job runs in; empty when it names none. */
export function environmentOf(job: WorkflowJob): string {
  const { environment } = job.of;
  if (typeof environment === "string") return environment;
  const { name } = mapping(environment);
  return typeof name === "string" ? name : "";
}
