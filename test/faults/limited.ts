// A process that queries and copies under a long limit, so that a test can see that it ends: `limited.ts <socket directory>`.
import { createHost } from "../../scripts/machine";
import { createDatabase } from "../../scripts/postgres/adapter/database";

const [host = ""] = process.argv.slice(2);
const address = { host, port: 5432, user: "postgres", maintenance: "postgres", limitSeconds: 3600 };

async function main(): Promise<void> {
  const session = await createDatabase(createHost(), address).session("postgres");
  let bytes = 0;
  await session.query("select 1");
  await session.copyOut("copy (select generate_series(1, 10)) to stdout", (chunk) => {
    bytes += chunk.length;
  });
  await session.copyOut("copy (select 1 / 0) to stdout", () => {}).catch(() => {});
  await session.query("select 1 / 0").catch(() => {});
  await session.close();
  console.log(bytes);
}
void main();
