// Two copies never run under one number, however many ask at once; a number is free again when its directory is gone.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../../scripts/machine";
import { accountFor } from "../../../scripts/machine/account";
import { claimAccount } from "../../../scripts/machine/claims";
import { lock } from "../../../scripts/machine/lock";
import { isRoot } from "./accounts";

const base = mkdtempSync("/tmp/ops-claims-");
const registry = path.join(base, "registry");
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;
const directory = (): string => {
  const place = path.join(base, `copy-${++count}`);
  mkdirSync(place);
  return place;
};

describe.runIf(isRoot)("accounts of copies", () => {
  it("are all different, own nothing, and are in no list", async () => {
    const claims = await Promise.all(Array.from({ length: 12 }, () => claimAccount(directory(), registry)));
    const users = claims.map((claim) => claim!.user);
    expect(new Set(users).size).toBe(12);
    const accounts = await Promise.all(users.map((user) => accountFor(user)));
    expect(new Set(accounts.map((account) => account!.uid)).size).toBe(12);
    for (const account of accounts) expect(account!.uid).toBeGreaterThanOrEqual(0x7000_0000);
    const host = createHost();
    const { stdout } = await host.run("id", [], { user: users[0]! });
    expect(stdout.trim()).toBe(`uid=${accounts[0]!.uid} gid=${accounts[0]!.gid} groups=${accounts[0]!.gid}`);
    for (const claim of claims) await claim!.release();
  });

  it("are free again when they are given back, or their directory is another one, and not before", async () => {
    const place = directory();
    const first = await claimAccount(place, registry);
    expect((await claimAccount(directory(), registry))!.user).not.toBe(first!.user);
    // Moved away, not removed: the new one could get the number of an inode that is free again.
    renameSync(place, `${place}-moved`);
    mkdirSync(place);
    const again = await claimAccount(place, registry);
    expect(again!.user).toBe(first!.user);
    // The earlier claim is void: giving it back frees nothing.
    await first!.release();
    expect((await claimAccount(directory(), registry))!.user).not.toBe(first!.user);
    await again!.release();
    expect((await claimAccount(directory(), registry))!.user).toBe(first!.user);
  });

  it("are free again when their directory is gone", async () => {
    const place = directory();
    const gone = await claimAccount(place, registry);
    rmdirSync(place);
    expect((await claimAccount(directory(), registry))!.user).toBe(gone!.user);
  });

  it("are not given back while somebody claims one: it may be his by then", async () => {
    const claim = await claimAccount(directory(), registry);
    const file = path.join(registry, claim!.user.replace("ops-copy-", ""));
    const held = await lock(path.join(registry, ".lock"), { job: "another claim", since: new Date() });
    const given = claim!.release();
    await Promise.race([given, sleep(300)]);
    expect(existsSync(file)).toBe(true);
    await held.release();
    await given;
    expect(existsSync(file)).toBe(false);
  });
});

it.runIf(!isRoot)("is none without root", async () => {
  expect(await claimAccount(directory(), registry)).toBeUndefined();
});
