// `ops dump` on a real PostgreSQL full of oddities, while rows are written: what is kept comes back as it was at one moment.
// Odd roles and databases apart take a dump each: test/slow/dump.test.ts.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Context } from "../../scripts/context";
import { OpsError } from "../../scripts/core/errors";
import { overall } from "../../scripts/core/evidence";
import { createDumps } from "../../scripts/dump/adapter/dumps";
import { openMoment } from "../../scripts/dump/moment";
import type { StoredFile } from "../../scripts/dump/port";
import type { Database, Row } from "../../scripts/postgres/port";
import { type Cluster, OS_USER, startCluster } from "./cluster";
import type { RealContext } from "./context";
import { altered, type Dumping, failing, openDumping } from "./dumping";

let opened: Dumping;
let cluster: Cluster;
let real: RealContext;
let place: string;
let context: Dumping["context"];
let run: Dumping["run"];

beforeAll(async () => {
  opened = await openDumping();
  ({ cluster, real, context, run } = opened);
  place = `${cluster.directory}/dumps`;
}, 60_000);
afterAll(() => opened.close());

/** Commits go from one database to the other: the first is never behind, and at most one ahead. */
function writeInTurn(): () => Promise<void> {
  let writing = true;
  const writer = (async () => {
    while (writing)
      for (const name of ["odd", 'Second "db" 学'])
        await cluster.database.query(name, "insert into public.counted default values");
  })();
  return () => {
    writing = false;
    return writer;
  };
}

describe("a dump", () => {
  it("holds one moment of every database, restores, and its manifest says how it is checked", async () => {
    const stop = writeInTurn();
    const outcome = await run(context(place)).finally(stop);
    expect(failing(outcome), JSON.stringify(outcome.checks)).toEqual([]);
    expect(overall(outcome.checks)).toBe("pass");

    const [name] = readdirSync(place);
    const directory = path.join(place, name!);
    const manifest = JSON.parse(readFileSync(path.join(directory, "manifest.json"), "utf8")) as {
      databases: { database: string; file: string }[];
      files: StoredFile[];
      pgDump: string;
    };
    expect(manifest.databases.map(({ database }) => database)).toEqual(['Second "db" 学', "odd", "postgres"]);
    expect(manifest.pgDump).toMatch(/^pg_dump \(PostgreSQL\) \d+/);
    for (const { name: file, bytes, sha256 } of manifest.files) {
      const content = readFileSync(path.join(directory, file));
      expect([content.length, createHash("sha256").update(content).digest("hex")]).toEqual([bytes, sha256]);
      expect(statSync(path.join(directory, file)).mode & 0o077).toBe(0);
    }
    const roles = readFileSync(path.join(directory, "roles.sql"), "utf8");
    expect(roles).toContain('CREATE ROLE "Odd Role"');
    expect(roles).not.toMatch(/PASSWORD|not-a-real-secret|SCRAM/);
    expect(readdirSync(`${cluster.directory}/copies`).filter((one) => !one.startsWith("."))).toEqual([]);
  }, 60_000);
});

describe("a dump, by hand", () => {
  it("is restored into a new server as its manifest says, with nothing but PostgreSQL's programs", async () => {
    const [name] = readdirSync(place);
    const directory = path.join(place, name!);
    const { databases } = JSON.parse(readFileSync(path.join(directory, "manifest.json"), "utf8")) as {
      databases: { database: string; create: string; file: string }[];
    };
    const fresh = await startCluster();
    try {
      const { host, database: server } = fresh;
      const at = [`--host=${fresh.directory}`, "--username=postgres"];
      const run = async (program: string, args: string[]): Promise<void> => {
        const result = await host.run(await host.program(program), [...at, ...args], { user: OS_USER });
        expect([program, result.exitCode, result.stderr]).toEqual([program, 0, expect.anything()]);
      };
      await run("psql", ["--quiet", `--file=${directory}/roles.sql`, "postgres"]);
      for (const { database, create, file } of databases) {
        if (database !== "postgres") await server.query("postgres", create);
        await run("pg_restore", [
          "--no-tablespaces",
          `--dbname=dbname='${database}'`,
          path.join(directory, file),
        ]);
      }
      const count = async (of: Database): Promise<unknown> =>
        (await of.query("odd", 'select count(*)::int as n, min("t""able") as first from public."select"'))[0];
      expect(await count(server)).toEqual(await count(cluster.database));
    } finally {
      await fresh.stop();
    }
  }, 60_000);
});

describe("a dump for which somebody waits", () => {
  it("is let go and taken again under another name, and says for whom", async () => {
    const { waited, ...change } = altered(opened, 2);
    const place = `${cluster.directory}/again`;
    const outcome = await run(context(place, change));
    expect(failing(outcome)).toEqual([]);
    expect(outcome.facts.letGo).toEqual(Array(2).fill(expect.stringMatching(/ in odd waited for Access/)));
    expect(existsSync(path.join(place, String(outcome.facts.dump), "manifest.json"))).toBe(true);
    expect(waited).toHaveLength(2);
  }, 60_000);
});

describe("a dump that is not what the source was", () => {
  type Dumper = Database["dumpArchive"];
  /** The real source, whose dumps are taken in another way. */
  const dumping = (change: (original: Dumper) => Dumper): Partial<Context> => {
    const { servers } = real.context;
    const source = (platform: Context["platform"]): Database => {
      const original = servers.source(platform);
      return { ...original, dumpArchive: change(original.dumpArchive) };
    };
    return { servers: { ...servers, source } };
  };

  it("is found when it was taken under another snapshot", async () => {
    const later = dumping((original) => async (database, file) => {
      if (database === "odd") await cluster.psql("odd", "insert into counted default values");
      await original(database, file);
    });
    const outcome = await run(context(`${cluster.directory}/later`, later));
    expect(failing(outcome)).toEqual(["dump-content"]);
    expect(outcome.facts.complete).toBe(false);
    const [name] = readdirSync(`${cluster.directory}/later`);
    expect(existsSync(path.join(cluster.directory, "later", name!, "manifest.json"))).toBe(false);
  }, 60_000);

  it("is found when tables or what a role may do are missing; then there is no manifest", async () => {
    const only = [{ schema: "public", name: "counted" }];
    const { servers } = dumping(
      (original) => (database, file, options) =>
        original(database, file, database === "odd" ? { ...options, only } : options),
    );
    const source = (platform: Context["platform"]): Database => {
      const original = servers!.source(platform);
      const dumpRoles = async (): Promise<Buffer> => {
        const script = (await original.dumpRoles()).toString();
        return Buffer.from(script.replaceAll(/^ALTER ROLE odd_reader.*$/gm, "ALTER ROLE odd_reader LOGIN;"));
      };
      return { ...original, dumpRoles };
    };
    const outcome = await run(context(`${cluster.directory}/poor`, { servers: { ...servers!, source } }));
    expect(failing(outcome)).toEqual(["dump-content", "dump-structure", "dump-roles", "dump-sequences"]);
    expect(readdirSync(`${cluster.directory}/poor`, { recursive: true })).not.toContain("manifest.json");
  }, 60_000);

  it("does not load when a byte of what is kept is lost", async () => {
    const kept = createDumps({ ...real.context.platform, dumps: `${cluster.directory}/torn` });
    const torn = {
      ...kept,
      location: kept.location,
      put: async (...args: Parameters<typeof kept.put>) => {
        const stored = await kept.put(...args);
        const file = kept.path(args[0], args[1]);
        if (args[1].includes("odd")) truncateSync(file, statSync(file).size - 1000);
        return stored;
      },
    };
    await expect(run(context(undefined, { dumps: torn }))).rejects.toThrow(/pg_restore into odd failed/);
  }, 60_000);
});

describe("the moment of a dump", () => {
  const databases = ["odd", 'Second "db" 学'];

  it("lies between the same two commits in every database", async () => {
    for (const name of databases) await cluster.psql(name, "truncate counted");
    const stop = writeInTurn();
    try {
      for (let round = 0; round < 5; round++) {
        const moment = await openMoment(real.context, cluster.database, databases);
        const [odd, second] = await Promise.all(
          databases.map((name) => countUnder(name, moment.exported[name]!)),
        );
        await moment.close();
        expect([0, 1]).toContain(odd! - second!);
      }
    } finally {
      await stop();
    }
  }, 30_000);

  it("is refused when a commit always falls between", async () => {
    let exported = Promise.resolve();
    let say = (): void => {};
    const busy: Database = {
      ...cluster.database,
      async session(name) {
        const session = await cluster.database.session(name);
        if (name === "odd") {
          exported = new Promise((resolve) => {
            say = resolve;
          });
        }
        return {
          ...session,
          async query<T extends Row>(sql: string, values?: readonly unknown[]): Promise<T[]> {
            const exports = sql.includes("pg_export_snapshot");
            if (exports && name !== "odd") {
              await exported;
              await cluster.database.query(name, "select txid_current()");
            }
            const rows = await session.query<T>(sql, values);
            if (exports && name === "odd") say();
            return rows;
          },
        };
      },
    };
    const clock = { ...real.context.clock, sleep: async () => {} };
    await expect(openMoment({ ...real.context, clock }, busy, databases)).rejects.toMatchObject({
      exit: "timeout",
    });
  }, 30_000);

  async function countUnder(name: string, snapshot: string): Promise<number> {
    const session = await cluster.database.session(name);
    await session.query("begin isolation level repeatable read read only");
    await session.query(`set transaction snapshot '${snapshot}'`);
    const [row] = await session.query<{ n: string }>("select count(*)::text as n from public.counted");
    await session.close();
    return Number(row!.n);
  }
});

describe("a dump is refused", () => {
  it.each([
    ["config", undefined, /declares no directory for dumps/],
    ["unavailable", "oss://netedu-prod-dumps", /no adapter for object storage/],
  ])("%s: %s", async (exit, dumps, message) => {
    const error = await run(context(dumps)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpsError);
    expect(error).toMatchObject({ exit });
    expect((error as Error).message).toMatch(message);
  });

  it("space: where neither it nor its copy fits", async () => {
    const host = { ...real.context.host, freeBytes: async () => 2 ** 20 };
    await expect(run(context(place, { host }))).rejects.toMatchObject({ exit: "space" });
  });
});
