// How the files of scripts/jobs declare what can be run: the shapes of core/job.ts with the tools of this composition.
// Identities, with the types of the arguments inferred from their declarations.
import type { Context } from "./context";
import type { Declared } from "./core/arguments";
import type { Command, JobGroup, SingleJob } from "./core/job";

export function defineJob<const D extends Declared>(job: SingleJob<Context, D>): SingleJob<Context, D> {
  return job;
}

export function defineCommand<const D extends Declared>(command: Command<Context, D>): Command<Context, D> {
  return command;
}

/** The subcommands keep their own types, for whoever calls one by name. */
export function defineGroup<const G extends JobGroup<Context>>(group: G): G {
  return group;
}
