// A process that takes a checkpoint, so that a test can stop it: `reading.ts <socket directory>`. Prints who waited, one a line.
import { takeCheckpoint } from "../../scripts/backup/take-checkpoint";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { createDatabase } from "../../scripts/postgres/adapter/database";

const [host = ""] = process.argv.slice(2);
const context = {
  clock: createClock(),
  newId: () => `stopped-${process.pid}`,
  random: Math.random,
  signal: new AbortController().signal,
};
const source = createDatabase(createHost(), { host, port: 5432, user: "postgres", maintenance: "postgres" });
void takeCheckpoint(context, source).then(({ lock }) => console.log((lock.letGo ?? []).join("\n")));
