// Room for WAL that is fetched beforehand belongs to what is estimated, and refused, before anything is created.
import { describe, expect, it } from "vitest";
import { refuseWithoutSpace, type SpaceTools } from "../../../scripts/restore/test-restore";
import { spaceForWal, type WalState } from "../../../scripts/restore/wal";

const GIB = 2 ** 30;
const segment = (n: number) => ({
  name: `0000000100000000000000${n.toString(16).toUpperCase().padStart(2, "0")}`,
  bytes: 1,
});

const SET = {
  label: "F",
  startSegment: segment(1).name,
  stopSegment: segment(1).name,
  databaseBytes: GIB,
};

const state = (change: Partial<WalState> = {}): WalState & { set: typeof SET } => ({
  segments: Array.from({ length: 128 }, (_, n) => segment(n + 1)),
  switches: new Map(),
  goal: { text: "latest", target: { kind: "latest" } },
  checkpoint: undefined,
  follow: { timeline: 1, because: "the source's own", others: [], doubtful: [] },
  ...change,
  set: SET,
});

const machine = (free: number): SpaceTools => ({
  copies: "/srv/copies",
  host: { freeBytes: async () => free },
});

describe("space", () => {
  it("is needed for all WAL, which no copy can fetch itself", () => {
    expect(spaceForWal(state())).toBe(2 * GIB);
  });

  it("is no question where no WAL leads to the target: the restore itself says so", () => {
    const switches = new Map([[3, { parent: 2, lsn: "0/8800000" }]]);
    const segments = [segment(1), { name: "000000030000000000000008", bytes: 1 }];
    const follow = { timeline: 3, because: "as asked", others: [], doubtful: [] };
    expect(spaceForWal(state({ switches, segments, follow }))).toBe(0);
  });

  it("is refused when data would fit and its WAL would not", async () => {
    const few = state({ segments: [segment(1)] });
    await expect(refuseWithoutSpace(machine(2 * GIB), few, undefined)).resolves.toBeUndefined();
    await expect(refuseWithoutSpace(machine(2 * GIB), few, undefined, true)).rejects.toMatchObject({
      exit: "space",
      expected: expect.stringContaining("with room to write every table anew"),
    });
    await expect(refuseWithoutSpace(machine(2 * GIB), state(), undefined)).rejects.toMatchObject({
      exit: "space",
      message: expect.stringContaining("/srv/copies has 2.00 GiB free"),
      expected: expect.stringContaining("2.00 GiB of WAL fetched in advance"),
    });
  });
});
