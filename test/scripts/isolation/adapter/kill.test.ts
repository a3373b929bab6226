// What is left after kill -9 of ops, whoever started it: nothing.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createHost } from "../../../../scripts/machine";
import type { ProcessIdentity } from "../../../../scripts/machine/port";
import { GROUND } from "../../../faults/ops";
import { isRoot, user } from "../../machine/accounts";
import { makePlace, type Place } from "./place";

const NOBODY = "65534";
const host = createHost();
let place: Place;
let child: ChildProcess | undefined;

beforeAll(async () => {
  place = await makePlace();
  for (const open of [place.source, place.readable]) chmodSync(open, 0o777);
});
afterEach(() => child?.kill("SIGKILL"));
afterAll(() => place.remove());

interface Held {
  isolated: boolean;
  separation: string;
  init: ProcessIdentity | null;
  ways: string[];
  said: string;
}

async function hold(...more: string[]): Promise<Held> {
  const args = [
    "--require",
    path.resolve(__dirname, "../../../sources.cjs"),
    path.join(__dirname, "hold-container.ts"),
    user,
    place.source,
    place.readable,
  ];
  child = spawn(process.execPath, [...args, ...more], {
    cwd: path.resolve(__dirname, "../../../.."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await Promise.race([
    once(child.stdout!, "data"),
    once(child, "exit").then(([code]) => {
      throw new Error(
        `it ended with ${code} before it held anything; expected a checkout that user ${more[0] ?? "root"} may read`,
      );
    }),
  ])) as [Buffer];
  return JSON.parse(said.toString()) as Held;
}

/** What is mounted on this machine, but for what other tests mount on grounds of their own meanwhile. */
function mounts(): string[] {
  const lines = readFileSync("/proc/mounts", "utf8").trimEnd().split("\n");
  return lines.filter((line) => !line.includes(GROUND));
}

async function running(): Promise<string[]> {
  const { stdout } = await host.run("pgrep", ["-fx", "sleep 81[.]5"]);
  return stdout.split("\n").filter(Boolean);
}

const STARTERS: { by: string; more: string[] }[] = [
  { by: "by us", more: [] },
  // Only root can become somebody else; an ordinary account already is the other case.
  ...(isRoot ? [{ by: "by an ordinary account", more: [NOBODY] }] : []),
];

describe.each(STARTERS)("ops started $by", ({ more }) => {
  it("isolates, or says why not, and leaves nothing after kill -9", async () => {
    const before = mounts();
    const held = await hold(...more);
    if (held.isolated) {
      const { stdout } = await host.run("id", ["-u", user]);
      expect(held.said).toMatch(
        new RegExp(
          `^${more[0] ?? stdout.trim()}\nls: .*No such file or directory\ntouch: .*Read-only file system\n$`,
        ),
      );
      expect(held.ways).toEqual([]);
      expect(await host.alive(held.init!)).toBe(true);
      expect(await running()).toHaveLength(3);
      expect(existsSync(`/proc/${held.init!.pid}/root/dev/shm/ops-held-container`)).toBe(true);
    } else {
      expect(held.separation).toMatch(/^none \(.+\)$/);
    }
    child?.kill("SIGKILL");
    await once(child!, "exit");
    if (held.isolated) {
      await vi.waitFor(
        async () => expect([await running(), await host.alive(held.init!)]).toEqual([[], false]),
        { timeout: 5_000 },
      );
    }
    expect(mounts().filter((mount) => !before.includes(mount))).toEqual([]);
    expect(existsSync("/dev/shm/ops-held-container")).toBe(false); // servers of other tests have segments there
    expect(existsSync(path.join(place.readable, "x"))).toBe(false);
  });
});
