// Ctrl-C during `ops migrate up`: what is committed stays, and ops says so instead of claiming that everything was removed.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Checkout, makeCheckout } from "../e2e/checkout";
import { type Ground, isStart, makeGround, SCALE } from "../faults/ops";
import { evidenceOn } from "../faults/remains";

/** Long enough to be interrupted: twenty batches with a pause after each. */
const FILL = `-- ops:phase expand
-- Up Migration
-- ops:backfill table=learning.orders key=id batch=100 pause=300
UPDATE learning.orders SET channel = channel WHERE id > $1 AND id <= $2;
-- Down Migration
SELECT 1;
`;

let checkout: Checkout;
let ground: Ground;
beforeAll(async () => {
  checkout = makeCheckout();
  checkout.write("policies/service/migrations/sandbox/0003_fill.sql", FILL);
  ground = makeGround({ checkout: checkout.root });
  for (const line of [`sandbox up --scale ${SCALE}`, "backup", "migrate rehearse"]) {
    const { code, stderr } = await ground.ops(...line.split(" "));
    expect(code, `${line}: ${stderr}`).toBe(0);
  }
}, 300_000);
afterAll(async () => {
  await ground.remove();
  await checkout.remove();
});

it("says what stays and how to go on; the next run goes on there", async () => {
  const run = ground.start(["migrate", "up"]);
  expect(await run.until((event) => isStart(event) && event.name === "0003_fill up")).toBe(true);
  run.signal("SIGINT");
  const { code, result, stderr } = await run.ended;
  expect({ code, says: result.code, stderr }).toMatchObject({ code: 130, says: "interrupted" });
  const said = JSON.stringify(result);
  expect(said).toMatch(/0001_order_channel, 0002_order_channel_required applied and stays so/);
  expect(said).not.toMatch(/was removed/);
  const { predicate } = (await evidenceOn(ground)).at(-1)!;
  expect(predicate).toMatchObject({
    job: "migrate",
    verdict: "inconclusive",
    checks: [{ detail: expect.stringContaining("0001_order_channel, 0002_order_channel_required applied") }],
  });
  const status = JSON.stringify((await ground.ops("migrate", "status")).events);
  expect(status).toContain("half-applied");
  const again = await ground.ops("migrate", "up");
  expect(again.code, again.stderr).toBe(0);
  expect(JSON.stringify((await ground.ops("migrate", "status")).events)).not.toContain("half-applied");
}, 300_000);
