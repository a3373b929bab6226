// A copy that was killed half-way through its own removal is removed by the next run, whatever was already gone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Platform } from "../../../policies/service/service";
import type { BackupRepository } from "../../../scripts/backup/port";
import type { Container, Isolation } from "../../../scripts/isolation/port";
import { createHost } from "../../../scripts/machine";
import { createClock } from "../../../scripts/machine/clock";
import { identify } from "../../../scripts/machine/identity";
import type { Host, ProcessIdentity } from "../../../scripts/machine/port";
import { openCopy } from "../../../scripts/restore/copy";
import { reapCopies } from "../../../scripts/restore/reap";
import type { RestoreTools } from "../../../scripts/restore/tools";
import { given } from "../../given";
import { user } from "../machine/accounts";

const base = mkdtempSync(path.join(tmpdir(), "ops-copy-"));
const [copies, sockets] = [path.join(base, "copies"), path.join(base, "sockets")];
const real = createHost();
let departed: ProcessIdentity;

beforeAll(async () => {
  mkdirSync(copies);
  mkdirSync(sockets);
  const child = spawn("sleep", ["60"]);
  departed = (await identify(child.pid!))!;
  child.kill("SIGKILL");
  await once(child, "exit");
});
afterAll(() => rmSync(base, { recursive: true }));

let count = 0;
/** As seen by a run that is dead by the time anybody looks. */
function tools(change: Partial<Host>): RestoreTools {
  return given<RestoreTools>({
    host: { ...real, self: async () => departed, ...change },
    clock: createClock(),
    newId: () => `20261130t000000-${(++count).toString(16).padStart(6, "0")}`,
    signal: new AbortController().signal,
    defer: () => {},
    copies,
    sockets,
    platform: given<Platform>({
      backups: given<Platform["backups"]>({ osUser: user, config: path.join(base, "none.conf") }),
      database: given<Platform["database"]>({
        host: path.join(base, "source"),
        port: 5432,
        dataDirectory: path.join(base, "data"),
      }),
    }),
    backupRepository: given<BackupRepository>({ directories: async () => [] }),
    isolation: given<Isolation>({
      open: async ({ user: inside }) => given<Container>({ init: null, user: inside, close: async () => {} }),
    }),
  });
}

/** A host that is killed at its n-th change, in the middle of it; what would have come later does not happen. */
function killedAt(change: number, gone: readonly string[]): Partial<Host> {
  let changes = 0;
  const killed = new Error("killed");
  return {
    async removeTree(tree, expected) {
      if (changes++ < change) return real.removeTree(tree, expected);
      if (path.dirname(tree) === copies && changes === change + 1)
        for (const name of gone) rmSync(path.join(tree, name), { force: true, recursive: true });
      throw killed;
    },
    async writeText(file, text, options) {
      if (changes++ < change) return real.writeText(file, text, options);
      throw killed;
    },
  };
}

it("leaves nothing, at whatever change its removal was killed", async () => {
  const entries = fc.subarray(["copy.json", "log"]);
  await fc.assert(
    fc.asyncProperty(fc.nat(16), entries, async (change, gone) => {
      const context = tools({});
      const copy = await openCopy(context, "test");
      Object.assign(context.host, killedAt(change, gone));
      const ended = await copy.close().then(
        () => "removed",
        () => "killed",
      );
      const left = existsSync(copy.directory);
      expect(await reapCopies(tools({}))).toEqual(left ? [copy.id] : []);
      expect(readdirSync(copies)).toEqual([]);
      if (ended === "removed") expect(left).toBe(false);
    }),
    { numRuns: 60 },
  );
});

it("is removed from a disk on which nothing can be written any more", async () => {
  const context = tools({});
  const copy = await openCopy(context, "test");
  context.host.writeText = async () => {
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  await copy.close();
  expect(readdirSync(copies)).toEqual([]);
});

it.each(["a file", "a directory with something in it"])("is not made in the place of %s", async (what) => {
  const place = path.join(base, what);
  if (what === "a file") writeFileSync(place, "");
  else mkdirSync(path.join(place, "x"), { recursive: true });
  await expect(openCopy(tools({}), "test", { into: place })).rejects.toMatchObject({ exit: "directory" });
  expect(readdirSync(copies)).toEqual([]);
});

it("is left alone while whoever removes it still lives", async () => {
  const context = tools({ self: real.self });
  const copy = await openCopy(context, "test");
  Object.assign(context.host, killedAt(9, ["copy.json"]));
  await expect(copy.close()).rejects.toThrow("killed");
  expect(existsSync(path.join(copy.directory, "copy.json"))).toBe(false);
  expect(await reapCopies(tools({}))).toEqual([]);
  expect(existsSync(copy.directory)).toBe(true);
});
