// What an injected fault is: a name, what it stands for, the check that has to catch it, and how it gets there. Types, and the
// two ways in which most faults are injected.
import type { OnStop } from "../restore/restore-run";
import type { Bench, SourceTools } from "./bench";
import type { RepositoryCopy } from "./port";

/** What is different about one verification of the throwaway cluster; everything else is as in a clean round. */
export interface Trial {
  /** Parts of the context that are replaced. */
  over?: Partial<SourceTools>;
  /** What is restored to, as a user would type it. Default: the newest checkpoint. */
  to?: string;
  onStop?: OnStop;
  /** A check whose verdict has to be `inconclusive`: what it looks at cannot be told here. Default: the expected one fails. */
  undecided?: string;
  /** Not a verification but a backup, which has to be refused. */
  backup?: true;
}

export interface Fault {
  /** Kebab-case. */
  kind: string;
  /** One sentence: what happens in life that looks like this. A stand-in says that it is one. */
  simulates: string;
  /** The check that has to fail, or `refused: <exit>`. */
  expected: string;
  /** What that check has to say, where it could fail of something else as well. */
  saying?: RegExp;
  inject(bench: Bench): Promise<Trial>;
}

/** Does something to a copy of the repository, which is then verified in place of the repository. */
export async function inRepository(
  bench: Bench,
  damage: (copy: RepositoryCopy) => Promise<void>,
  more: Trial = {},
): Promise<Trial> {
  const copy = await bench.cluster.copyRepository();
  await damage(copy);
  return { ...more, over: { ...over(copy), ...more.over } };
}

export function over({ platform, backups }: RepositoryCopy): Partial<SourceTools> {
  return { platform, ...backups };
}

/**
 * Runs SQL on the restored copy before it is compared: what a restore that went wrong would have left. The copy is promoted
 * first, because a standby takes no writes; a clean round with this and no SQL raises no alarm (a test shows it).
 */
export function onCopy(sql: string, stage: "at-checkpoint" | "at-target" = "at-checkpoint"): Fault["inject"] {
  return async ({ context, cluster }) => ({
    async onStop(at, _copy, server) {
      if (at !== stage || !server) return;
      const { database } = server;
      const recovering = async (): Promise<boolean> => {
        const [row] = await database.query<{ yes: boolean }>(
          database.maintenance,
          "select pg_is_in_recovery() as yes",
        );
        return row?.yes === true;
      };
      if (await recovering()) await database.query(database.maintenance, "select pg_wal_replay_resume()");
      while (await recovering()) await context.clock.sleep(0.05, context.signal);
      await database.query(cluster.database, sql);
    },
  });
}
