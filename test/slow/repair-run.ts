// Applies a plan in a process of its own, that a test kills: directory of the server, file of the plan.
import { readFileSync } from "node:fs";
import type { Plan } from "../../scripts/data/repair/plan";
import { createHost } from "../../scripts/machine";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import type { Cluster } from "../e2e/cluster";
import { repairsOn } from "../e2e/repairs";

async function main(): Promise<void> {
  const [directory = "", file = ""] = process.argv.slice(2);
  const host = createHost();
  const database = createDatabase(host, {
    host: directory,
    port: 5432,
    user: "postgres",
    maintenance: "postgres",
  });
  const cluster = { host, directory, database } as Cluster;
  await repairsOn(cluster, "h", "fixer").apply(JSON.parse(readFileSync(file, "utf8")) as Plan);
}

void main();
