// `ops data check --on replica`: a standby is read as the source is, under an exported snapshot, watched, and nobody waits there either.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadRoster } from "../../policies/service/roster";
import type { Platform } from "../../policies/service/service";
import type { Context } from "../../scripts/context";
import { silent } from "../../scripts/core/progress";
import { createData } from "../../scripts/data/adapter";
import job from "../../scripts/jobs/data";
import { createHost } from "../../scripts/machine";
import { createServers } from "../../scripts/postgres/adapter/servers";
import { given } from "../given";
import { ROOT } from "../policies/repository";
import { runLine } from "../scripts/cli/line";
import { core, PLATFORM, startLearning } from "../scripts/data/learning";
import { type Cluster, OS_USER } from "./cluster";
import { runAs } from "./template";

let cluster: Cluster;
let standby = "";
const host = createHost();
const run = runAs(host, OS_USER);
beforeAll(async () => {
  cluster = await startLearning();
  await cluster.psql("learning", "update learning.learners set phone = '12012345678' where id = 9");
  standby = mkdtempSync("/tmp/opsr-");
  await host.handOver(standby, OS_USER);
  const data = `${standby}/data`;
  await run("pg_basebackup", [
    "-h",
    cluster.directory,
    "-U",
    "postgres",
    "-D",
    data,
    "-R",
    "-X",
    "stream",
    "-c",
    "fast",
  ]);
  await run("pg_ctl", [
    "-D",
    data,
    "-l",
    `${standby}/log`,
    "-o",
    `-c unix_socket_directories=${standby}`,
    "-w",
    "start",
  ]);
}, 120_000);
afterAll(async () => {
  await run("pg_ctl", ["-D", `${standby}/data`, "-m", "immediate", "-w", "stop"]);
  await cluster.stop();
  await rm(standby, { recursive: true, force: true });
});

it("a standby gives the same findings, and every rule can look", async () => {
  const { database } = PLATFORM;
  const platform: Platform = {
    ...PLATFORM,
    database: { ...database, host: cluster.directory },
    data: { ...PLATFORM.data!, replica: { host: standby, port: 5432 } },
  };
  const declared = { platform, roster: loadRoster(ROOT) };
  const context: Partial<Context> = {
    ...core,
    progress: silent(),
    platform,
    environment: "sandbox",
    color: false,
    host,
    servers: createServers(host),
    backupRepository: given<Context["backupRepository"]>({ list: async () => [] }),
    ledger: given<Context["ledger"]>({ entries: async () => [] }),
    data: createData({ host, root: ROOT, keys: `${standby}/keys`, declared }),
  };
  const outcome = await runLine(context, job, "check", "--on", "replica");
  const wrong = outcome.checks.filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive");
  expect(wrong.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(["mobile-number-wrong fail"]);
  expect(outcome.facts).toMatchObject({ on: "replica" });
});
