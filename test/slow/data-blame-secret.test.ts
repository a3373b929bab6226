// What somebody asks `ops data blame` for may be a person's name: it is in nothing that is written or printed, however the command ends.
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHost } from "../../scripts/machine";
import { pathsOf } from "../../scripts/machine/paths";
import { createDatabase } from "../../scripts/postgres/adapter/database";
import { type Checkout, makeCheckout } from "../e2e/checkout";
import { holding } from "./holding";

/** In no row of the sandbox, so that no file of any database holds it either. */
const NOBODY = "Zhang Recognisable";
const SOMEBODY = "Li Recognisable";

let checkout: Checkout;
let from = "";

beforeAll(async () => {
  checkout = makeCheckout();
  expect((await checkout.ops("sandbox", "up", "--scale", "0.02")).code).toBe(0);
  expect((await checkout.ops("backup")).code).toBe(0);
  from = new Date().toISOString();
  const paths = pathsOf(checkout.root, {
    OPS_STATE: path.join(checkout.home, "../state"),
    OPS_HOME: checkout.home,
  });
  const source = createDatabase(createHost(), {
    host: path.join(paths.sockets, "source"),
    port: 5432,
    user: "postgres",
    maintenance: "postgres",
  });
  await source.query("learning", `update learning.learners set name = '${SOMEBODY}' where id in (7, 8)`);
}, 180_000);
afterAll(() => checkout?.remove(), 60_000);

it("is kept by nobody", { timeout: 300_000 }, async () => {
  const file = path.join(checkout.home, "../asked.txt");
  checkout.write("../asked.txt", `name=${SOMEBODY}\n`);
  const base = ["data", "blame", "--from", from, "--table", "learning.learning.learners"];
  const repair = ["data", "repair", "--at", from, "--table", "learning.learning.learners"];
  const nobody = await checkout.json(...base, "--where", `name=${NOBODY}`);
  const somebody = await checkout.json(...base, "--where-file", file, "--where", "id=7");
  const runs = [
    await checkout.ops(...base, "--where", `name=${NOBODY}`, "--dry-run"),
    await checkout.ops(...base, "--where", `nmae=${NOBODY}`),
    await checkout.ops(...base, "--where", NOBODY),
    await checkout.ops(...base, "--where", `name=${NOBODY}`, "--log", "/nowhere"),
    await checkout.ops("data", "blame", "--from", from, "--where", `name=${NOBODY}`),
    await checkout.ops(...base, "--where-file", "/dev/null"),
    await checkout.ops(...repair, "--where", `name=${NOBODY}`),
    await checkout.ops(...repair, "--where", `nmae=${NOBODY}`),
    await checkout.ops(...repair, "--where", `name=${NOBODY}`, "--dry-run"),
  ];
  expect(nobody.result).toMatchObject({ type: "result", json: { suspects: [] } });
  expect(somebody.result).toMatchObject({ type: "result", json: { suspects: [{ rows: 2, matched: 1 }] } });
  expect(runs.map(({ code }) => code)).toEqual([0, 2, 2, 2, 2, 2, 2, 2, 0]);
  expect(runs[0]!.stdout).toContain("restore a copy");

  const printed = [nobody, somebody, ...runs].map((run) => JSON.stringify(run)).join("\n");
  for (const text of [NOBODY, SOMEBODY]) {
    expect(printed).not.toContain(text);
    expect(holding(checkout.home, text)).toEqual([]);
  }
  expect(holding(path.join(checkout.home, "../state"), NOBODY)).toEqual([]);
  // It is searched where it could be: evidence says that a condition was given, and of which column.
  expect(holding(checkout.home, "--where ***").length).toBeGreaterThan(0);
  expect(holding(checkout.home, '"where":["name"]').length).toBeGreaterThan(0);
  expect(holding(path.dirname(file), SOMEBODY)).toContain(file);
});
