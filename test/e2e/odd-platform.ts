// A database that the repository has never seen, with its own pgBackRest repository, declared by one platform file of a checkout.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { type Checkout, makeCheckout } from "./checkout";
import { type Cluster, OS_USER, startCluster } from "./cluster";

export const PLATFORM = "policies/service/platforms/odd.yaml";

const MASKING = "policies/data/masking.yaml";
/** Everything that makes rows hard to write again: keys, domains, generated columns, partitions, inheritance, row security. */
const MASKED = `  - platform: odd
    databases:
      - database: odd
        tables:
          - table: public.types
            columns: { ci: code, nm: code, ch: code, d: { plain: a number }, arr2: { elements: code }, jb: { json: { b: code } } }
          - { table: public.generated, columns: { a: code } }
          - { table: public.parts, columns: { k: code } }
          - { table: public.parent, columns: { a: name } }
          - { table: '"Odd ""Schema"" 学院".r', columns: { "r.*": code } }
          - { table: public.select, columns: { 学号: free-text } }
          - { table: public.secrets, columns: { v: free-text } }
          - { table: public.toasted, columns: { big: code } }
          - { table: public.by_text, columns: { k: code } }
`;

export interface OddPlatform {
  cluster: Cluster;
  checkout: Checkout;
  /** Text of the platform file. */
  platform: string;
  /** When the source's server was started. */
  startTime(): Promise<string>;
  remove(): Promise<void>;
}

export async function makeOddPlatform(): Promise<OddPlatform> {
  const checkout = makeCheckout();
  const cluster = await startCluster();
  const { host, directory, dataDirectory } = cluster;
  const conf = `${directory}/pgbackrest.conf`;
  for (const name of ["repo", "spool", "lock", "log"])
    await host.makeDirectory(`${directory}/${name}`, { user: OS_USER, mode: 0o700 });
  await host.writeText(
    conf,
    `[global]\nrepo1-path=${directory}/repo\nspool-path=${directory}/spool\nlock-path=${directory}/lock\nlog-path=${directory}/log\n` +
      `repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=only-for-this-test\ncompress-type=zst\narchive-async=y\n` +
      `[odd]\npg1-path=${dataDirectory}\npg1-socket-path=${directory}\npg1-user=postgres\n`,
    { user: OS_USER, mode: 0o600 },
  );
  await cluster.restart({
    archive_mode: "on",
    archive_command: `${await host.program("pgbackrest")} --config=${conf} --stanza=odd archive-push "%p"`,
    track_commit_timestamp: "on",
    timezone: "America/New_York",
  });
  const created = await host.run(
    await host.program("pgbackrest"),
    [`--config=${conf}`, "--stanza=odd", "stanza-create"],
    { user: OS_USER },
  );
  expect(created.stderr + created.stdout).not.toContain("ERROR");
  await cluster.psql("postgres", 'create database odd; create database "Second ""db"" 学";');
  await cluster.psql("odd", readFileSync(path.join(__dirname, "odd.sql"), "utf8"));
  const platform = `name: odd
environment: sandbox
summary: A database nobody has seen
database: { host: ${directory} }
backups: { stanza: odd, config: ${conf}, osUser: ${OS_USER} }
schedule: { from: "02:00", to: "05:00" }
restoreWindow: { days: 7 }
copies: ${directory}/copies
`;
  checkout.write(PLATFORM, platform);
  checkout.write(MASKING, readFileSync(path.join(checkout.root, MASKING), "utf8") + MASKED);
  return {
    cluster,
    checkout,
    platform,
    async startTime() {
      const [row] = await cluster.database.query<{ t: string }>(
        "postgres",
        "select pg_postmaster_start_time()::text as t",
      );
      return row!.t;
    },
    async remove() {
      await cluster.stop();
      await checkout.remove();
    },
  };
}

/** Checks of a result that did not pass, each with its reason. */
export const complaints = (result: Record<string, unknown>): string[] =>
  (result.checks as { name: string; verdict: string; detail: string }[])
    .filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive")
    .map(({ name, detail }) => `${name}: ${detail}`);
