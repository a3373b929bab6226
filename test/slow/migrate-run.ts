// A process that runs one migration, so that a test can kill it: `migrate-run.ts <directory> <socket> <migration>`.
import { createHost } from "../../scripts/machine";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { benchOf, listener } from "../e2e/migrations";

const [directory = "", host = "", name = ""] = process.argv.slice(2);
const database = createDatabase(createHost(), {
  host,
  port: 5432,
  user: "postgres",
  maintenance: "postgres",
});
void benchOf(directory, database)
  .run(
    name,
    "up",
    {},
    listener((line) => console.log(line)),
  )
  .then(() => console.log("done"));
