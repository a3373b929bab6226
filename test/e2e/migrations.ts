// Migrations of a test's own: a directory of files and a real PostgreSQL, without sandbox, backup or evidence.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Platform } from "../../policies/service/service";
import type { Progress } from "../../scripts/core/progress";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { createMigrationFiles } from "../../scripts/migrate/adapter";
import type { Direction, Migration } from "../../scripts/migrate/migration";
import { type MigrationRun, type RunnerOptions, withRunner } from "../../scripts/migrate/runner";
import { loadMigrations, readStates } from "../../scripts/migrate/set";
import type { HistoryRow, StateRow } from "../../scripts/migrate/state";
import type { Database } from "../../scripts/postgres/port";

export interface Said {
  lines: string[];
  progress: Progress;
}

export function listener(onLine: (line: string) => void = () => {}): Said {
  const lines: string[] = [];
  const progress: Progress = {
    phase: (_, body) => body({ update() {}, note: (line) => onLine(line) }),
    say(_, line) {
      lines.push(line);
      onLine(line);
    },
    check() {},
    print() {},
  };
  return { lines, progress };
}

export const policy = (directory: string, database: string): NonNullable<Platform["migrations"]> => ({
  directory,
  database,
  businessHours: { from: "08:00", to: "22:00" },
  bigTableMegabytes: 20,
  longestLockMilliseconds: 500,
});

export interface Bench {
  write(name: string, up: string, down?: string, head?: string): void;
  remove(name: string): void;
  states(): Promise<StateRow[]>;
  migration(name: string): Promise<Migration>;
  run(
    name: string,
    direction: Direction,
    options?: Partial<RunnerOptions>,
    said?: Said,
  ): Promise<MigrationRun>;
}

/** @param login the same server as whoever runs migrations; default: the same login */
export function benchOf(directory: string, database: Database, name = "postgres", login = database): Bench {
  mkdirSync(directory, { recursive: true });
  const clock = createClock();
  const migrations = createMigrationFiles(createHost(), directory);
  const platform = { name: "bench", migrations: policy(directory, name) } as Platform;
  const files = { migrations, platform };
  const states = async (): Promise<StateRow[]> => readStates(files, await loadMigrations(files), login);
  const migration = async (wanted: string): Promise<Migration> =>
    (await loadMigrations(files)).find((one) => one.name === wanted)!;
  return {
    write(file, up, down = "SELECT 1;", head = "-- ops:phase expand") {
      writeFileSync(
        path.join(directory, `${file}.sql`),
        `${head}\n-- Up Migration\n${up}\n${down === "" ? "" : `-- Down Migration\n${down}\n`}`,
      );
    },
    remove: (file) => rmSync(path.join(directory, `${file}.sql`)),
    states,
    migration,
    async run(wanted, direction, options = {}, said = listener()) {
      const context = {
        clock,
        signal: new AbortController().signal,
        random: () => 0.5,
        progress: said.progress,
      };
      const one = await migration(wanted);
      return withRunner(context, database, name, { role: undefined, login, ...options }, async (runner) => {
        const row: HistoryRow | undefined = (await states()).find(({ name: n }) => n === wanted)?.history;
        return runner.run(one, direction, row, "before");
      });
    },
  };
}
