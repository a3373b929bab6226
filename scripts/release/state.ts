// Reads where an environment stands: its file, the commits of it, the changesets that it has not released.
import { DeclarationError } from "../../policies/engine/declaration";
import { parseRelease, type Release } from "../../policies/service/releases";
import { type Changeset, parseChangeset } from "./changesets";
import { type ReleaseCommit, releasedChangesets } from "./history";
import type { Delivery } from "./port";

export interface EnvironmentState {
  environment: string;
  /** Newest commit of the main branch. */
  base: string;
  /** The file as it stands. */
  text: string;
  release: Release;
  /** Newest first. */
  history: readonly ReleaseCommit[];
  changesets: readonly Changeset[];
  /** Those that the environment has not released yet. */
  pending: readonly Changeset[];
}

async function readChangesets({ releases }: Delivery): Promise<Changeset[]> {
  const parsed = (await releases.changesets()).map(parseChangeset);
  const problems = parsed.flatMap((one) => ("message" in one ? [one] : []));
  if (problems.length > 0) throw new DeclarationError(problems);
  return parsed.flatMap((one) => ("message" in one ? [] : [one]));
}

/** @throws DeclarationError, OpsError unavailable, missing */
export async function readEnvironment(delivery: Delivery, environment: string): Promise<EnvironmentState> {
  const { commit: base, text } = await delivery.releases.current(environment);
  const history = await delivery.releases.history(environment);
  const changesets = await readChangesets(delivery);
  const released = releasedChangesets(history);
  return {
    environment,
    base,
    text,
    release: parseRelease(environment, text),
    history,
    changesets,
    pending: changesets.filter(({ id }) => !released.has(id)),
  };
}
