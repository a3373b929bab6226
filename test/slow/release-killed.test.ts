// kill -9 of `ops` while a canary gets its share: what served before goes on serving, and the next run settles the rest.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EXIT } from "../../scripts/core/errors";
import { type Checkout, makeCheckout, withoutFreezes } from "../e2e/checkout";

let checkout: Checkout;
const place = mkdtempSync("/tmp/opsx-");
const config = path.join(place, "gitconfig");
const before = process.env.GIT_CONFIG_GLOBAL;

beforeAll(async () => {
  writeFileSync(config, "[user]\n name = li-ming\n email = li@example.org\n[safe]\n directory = *\n");
  process.env.GIT_CONFIG_GLOBAL = config;
  checkout = makeCheckout();
  // Nothing but the canary is in question here: no migration, and no hour at which nothing is released.
  const platform = "policies/service/platforms/sandbox.yaml";
  const text = readFileSync(path.join(checkout.root, platform), "utf8");
  const now = new Date(Date.now() + 8 * 3600_000).getUTCHours();
  const window =
    now < 3
      ? '{ timeZone: Asia/Shanghai, from: "05:00", to: "05:59"'
      : '{ timeZone: Asia/Shanghai, from: "00:00", to: "01:00"';
  checkout.write(
    platform,
    text
      .replace(/migrations:\n( {2}.*\n)+/, "")
      .replace(/\{ timeZone: Asia\/Shanghai, from: "02:00", to: "05:00"/, window),
  );
  withoutFreezes(checkout);
  checkout.write(
    "scripts/release/adapter/sandbox/fixture/.changeset/brisk-ducks-order.md",
    "---\nlearning-web: patch\n---\n\nCorrected.\n",
  );
  for (const command of ["sandbox up --scale 0.02", "backup", "verify", "check"]) {
    const { code, stderr } = await checkout.ops(...command.split(" "));
    expect(code, `${command}: ${stderr}`).toBe(0);
  }
}, 600_000);

afterAll(async () => {
  await checkout.remove();
  rmSync(place, { recursive: true, force: true });
  if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
  else process.env.GIT_CONFIG_GLOBAL = before;
});

/** Ends with SIGKILL as soon as the new version gets requests. */
async function killedInCanary(version: string): Promise<void> {
  const state = path.join(path.dirname(checkout.home), "state");
  const child = spawn(
    process.execPath,
    [path.join(checkout.root, "ops"), "release", "ship", version, "--json"],
    {
      cwd: checkout.root,
      env: { ...process.env, OPS_HOME: checkout.home, OPS_STATE: state, GITHUB_ACTIONS: "" },
    },
  );
  let said = "";
  const ended = new Promise<string | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
  child.stdout.on("data", (data: Buffer) => {
    said += data.toString();
    if (/gets 20 % for/.test(said)) child.kill("SIGKILL");
  });
  expect(await ended, said).toBe("SIGKILL");
}

async function status(): Promise<Record<string, unknown>> {
  const { result } = await checkout.json("release", "status");
  return (result.json as { apps: Record<string, unknown>[] }).apps[0]!;
}

it("the previous version keeps serving; another release is refused; the next rollback settles it", async () => {
  await killedInCanary("learning-web=1.0.1");
  expect(await status()).toMatchObject({ serving: "1.0.0", health: "progressing" });

  const refused = await checkout.json("release", "ship", "learning-web=1.1.0");
  expect(refused.code, JSON.stringify(refused.result)).toBe(EXIT.conflict.code);
  expect(JSON.stringify(refused.result)).toContain("1.0.0 serves, not 1.0.1");

  const { code, result } = await checkout.json("release", "rollback");
  expect(code, JSON.stringify(result)).toBe(0);
  const lost = (result.measurements as { name: string; value: number }[]).find(
    ({ name }) => name === "requests-lost",
  );
  expect(lost?.value).toBe(0);
  expect(await status()).toMatchObject({ serving: "1.0.0", health: "healthy" });
  // And it works again: the same version, let in as a whole.
  expect((await checkout.ops("release", "ship", "learning-web=1.0.1")).code).toBe(0);
  expect(await status()).toMatchObject({ serving: "1.0.1", health: "healthy" });
}, 600_000);
