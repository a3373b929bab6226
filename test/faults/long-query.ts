// A process that runs a query of a minute, so that a test can kill it: `long-query.ts <socket directory> <database>`.
import { createHost } from "../../scripts/machine";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { PORT, SUPERUSER } from "../../scripts/sandbox/layout";

const [host = "", database = ""] = process.argv.slice(2);
const address = { host, port: PORT, user: SUPERUSER, maintenance: database };
void createDatabase(createHost(), address).query(database, "select pg_sleep(60)");
