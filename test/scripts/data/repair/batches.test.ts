// Rows are committed in short transactions, each of which holds by itself; what is told of them is told once, however often one was tried.
import fc from "fast-check";
import { expect, it } from "vitest";
import { OpsError } from "../../../../scripts/core/errors";
import type { Root } from "../../../../scripts/data/images/catalogue";
import { type Batches, Incomplete, type Work, writeBatches } from "../../../../scripts/data/repair/batches";
import type { Session } from "../../../../scripts/postgres/port";

interface Given {
  count: number;
  /** Row → the row that must be there with it. */
  refers: ReadonlyMap<number, number>;
  /** Of every row the so-manieth try fails because somebody holds it. */
  busy: ReadonlySet<string>;
}

const named = { schema: "s", name: "t", columns: ["id"] };

/** A session that only counts, a clock that hardly moves, and references that are asked for before each commit. */
async function write({ count, refers, busy }: Given): Promise<Batches & { commits: number[][] }> {
  const tries = new Map<number, number>();
  const commits: number[][] = [];
  let [open, seconds] = [[] as number[], 0];
  const session = {
    async query(sql: string) {
      if (sql.startsWith("begin") || sql === "rollback") open = [];
      if (sql === "commit") commits.push(open);
      return [];
    },
  } as unknown as Session;
  const there = (): Set<number> => new Set([...commits.flat(), ...open]);
  const work: Work<number> = {
    id: "r",
    position: 0,
    rows: numbers(count),
    silent: true,
    async deal(row) {
      const nth = (tries.get(row) ?? 0) + 1;
      tries.set(row, nth);
      if (busy.has(`${row} ${nth}`)) throw Object.assign(new Error("held"), { code: "55P03" });
      open.push(row);
      const image = [String(row)];
      return { note: String(row), written: { root: {} as Root, ...named, was: null, is: image } };
    },
    async check(_written, last) {
      const all = there();
      const alone = [...all].filter((row) => !all.has(refers.get(row) ?? row));
      if (alone.length > 0) throw new (last ? OpsError : Incomplete)("fail", `${alone[0]} is alone`);
    },
  };
  const core = {
    clock: {
      seconds: () => (seconds += 1e-6),
      now: () => new Date(),
      sleep: async () => {},
    },
    random: () => 0.5,
    signal: new AbortController().signal,
  };
  return { ...(await writeBatches(core, session, work)), commits };
}

async function* numbers(count: number): AsyncIterable<number> {
  for (let n = 0; n < count; n++) yield n;
}

it("writes every row once, in their order, and tells of it once, whoever holds rows meanwhile", async () => {
  const holders = fc.array(fc.tuple(fc.nat(2999), fc.integer({ min: 1, max: 3 })), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), holders, async (count, held) => {
      const busy = new Set(held.map(([row, nth]) => `${row} ${nth}`));
      const { written, notes, commits } = await write({ count, refers: new Map(), busy });
      expect(written).toBe(count);
      expect(commits.flat()).toEqual([...Array(count).keys()]);
      expect(notes).toEqual(commits.flat().map(String));
    }),
    { numRuns: 30 },
  );
});

it("commits rows that refer to later ones together with those", async () => {
  const pairs = fc.array(fc.tuple(fc.nat(2999), fc.nat(2999)), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 600, max: 3000 }), pairs, async (count, some) => {
      const refers = new Map(some.filter((pair) => Math.max(...pair) < count));
      const { written, commits } = await write({ count, refers, busy: new Set() });
      expect(written).toBe(count);
      for (const [row, other] of refers) {
        const at = (one: number): number => commits.findIndex((commit) => commit.includes(one));
        expect(at(other)).toBeLessThanOrEqual(at(row));
      }
    }),
    { numRuns: 30 },
  );
});

it.each<[string, number, [number, number]]>([
  ["nowhere in the list", 100, [5, 100]],
  ["further away than one batch may reach", 9000, [0, 8999]],
])("refuses a row that refers to one %s", async (_what, count, pair) => {
  await expect(write({ count, refers: new Map([pair]), busy: new Set() })).rejects.toThrow(
    `${pair[0]} is alone`,
  );
});
