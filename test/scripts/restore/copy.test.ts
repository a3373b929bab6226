// A copy that was killed half-way through its own removal is removed by the next run, whatever was already gone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
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
import { openCopy, reapCopies } from "../../../scripts/restore/copy";
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
    newId: () => `copy-${++count}`,
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
      open: async () => given<Container>({ leader: null, close: async () => {} }),
    }),
  });
}

it("leaves nothing, in whatever order the files went", async () => {
  const entries = fc.subarray(["copy.json", ".ops-copy", "data", "log", "spool", "lock", "tablespaces"]);
  await fc.assert(
    fc.asyncProperty(entries, async (gone) => {
      const removeTree: Host["removeTree"] = async (directory) => {
        if (path.dirname(directory) !== copies || path.basename(directory).startsWith("."))
          return real.removeTree(directory);
        for (const name of gone) rmSync(path.join(directory, name), { recursive: true });
        throw new Error("killed");
      };
      const copy = await openCopy(tools({ removeTree }), "test");
      await expect(copy.close()).rejects.toThrow("killed");
      expect(existsSync(copy.directory)).toBe(true);
      expect(await reapCopies(tools({}))).toEqual([copy.id]);
      expect(readdirSync(copies)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

it("is left alone while whoever removes it still lives", async () => {
  const self = real.self;
  const removeTree: Host["removeTree"] = async (directory) => {
    if (path.dirname(directory) !== copies || path.basename(directory).startsWith("."))
      return real.removeTree(directory);
    rmSync(path.join(directory, "copy.json"));
    throw new Error("not yet");
  };
  const copy = await openCopy(tools({ removeTree, self }), "test");
  await expect(copy.close()).rejects.toThrow("not yet");
  expect(await reapCopies(tools({}))).toEqual([]);
  expect(existsSync(copy.directory)).toBe(true);
});
