// Room for WAL that is fetched beforehand belongs to what is estimated, and refused, before anything is created.
import { describe, expect, it } from "vitest";
import type { Backups } from "../../../scripts/backup/port";
import type { Context } from "../../../scripts/context";
import type { Host } from "../../../scripts/machine/port";
import { refuseWithoutSpace } from "../../../scripts/restore/test-restore";
import type { TestState } from "../../../scripts/restore/test-state";
import { spaceForWal } from "../../../scripts/restore/wal";

const GIB = 2 ** 30;
const segment = (n: number) => ({
  name: `0000000100000000000000${n.toString(16).toUpperCase().padStart(2, "0")}`,
  bytes: 1,
});

function testState(remote: boolean, free: number, change: Partial<TestState> = {}): TestState {
  const context = {
    copies: "/srv/copies",
    backups: { isRemote: async () => remote } as Backups,
    host: { freeBytes: async () => free } as Partial<Host> as Host,
  } as Context;
  const set = { label: "F", startSegment: segment(1).name, stopSegment: segment(1).name, databaseBytes: GIB };
  const segments = Array.from({ length: 128 }, (_, n) => segment(n + 1));
  return {
    context,
    set,
    segments,
    switches: new Map(),
    goal: { target: { kind: "latest" } },
    ...change,
  } as TestState;
}

describe("space", () => {
  it("is needed for all WAL of a remote repository, and for none of a local one", async () => {
    expect(await spaceForWal(testState(true, 0))).toBe(2 * GIB);
    expect(await spaceForWal(testState(false, 0))).toBe(0);
  });

  it("is no question where no WAL leads to the target: the walk itself says so", async () => {
    const switches = new Map([[3, { parent: 2, lsn: "0/8800000" }]]);
    const segments = [segment(1), { name: "000000030000000000000008", bytes: 1 }];
    expect(await spaceForWal(testState(true, 0, { switches, segments }))).toBe(0);
  });

  it("is refused when data would fit and its WAL would not", async () => {
    const local = testState(false, 2 * GIB);
    await expect(refuseWithoutSpace(local.context, local, undefined)).resolves.toBeUndefined();
    const remote = testState(true, 2 * GIB);
    await expect(refuseWithoutSpace(remote.context, remote, undefined)).rejects.toMatchObject({
      exit: "space",
      message: expect.stringContaining("/srv/copies has 2.00 GiB free"),
      expected: expect.stringContaining("2.00 GiB of WAL fetched beforehand"),
    });
  });
});
