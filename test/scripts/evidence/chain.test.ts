import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dayRootOf,
  EMPTY_TIP,
  extend,
  readDayRoot,
  readHead,
  writeDayRoot,
  writeHead,
} from "../../../scripts/evidence/chain";
import { sha256 } from "../../../scripts/evidence/dsse";
import { EMPTY_TREE, grow, rootOf } from "../../../scripts/evidence/merkle";

const envelopes = fc.array(
  fc.tuple(fc.constantFrom("2026-11-21", "2026-11-22", "2026-11-23"), fc.uint8Array({ maxLength: 5 })),
);

describe("the tip of a ledger", () => {
  it("knows the last entry, the root over all and the root over the last day", () => {
    fc.assert(
      fc.property(envelopes, (entries) => {
        const ordered = [...entries].sort(([a], [b]) => a.localeCompare(b));
        const tip = ordered.reduce((before, [date, bytes]) => extend(before, date, bytes), EMPTY_TIP);
        const [lastDate, lastBytes] = ordered.at(-1) ?? [];
        const today = ordered.filter(([date]) => date === lastDate).map(([, bytes]) => bytes);
        expect(tip.last).toBe(lastBytes ? sha256(lastBytes) : null);
        expect(tip.tree).toEqual(ordered.map(([, bytes]) => bytes).reduce(grow, EMPTY_TREE));
        expect(dayRootOf(tip)).toEqual(
          lastDate && {
            day: lastDate,
            first: ordered.length - today.length + 1,
            count: today.length,
            last: tip.last,
            root: rootOf(today.reduce(grow, EMPTY_TREE)),
          },
        );
      }),
    );
  });

  it("survives being written and read, with all that the next entry needs", () => {
    fc.assert(
      fc.property(envelopes, (entries) => {
        const tip = entries.reduce((before, [, bytes]) => extend(before, "2026-11-23", bytes), EMPTY_TIP);
        const head = { ledger: "sandbox", tip, at: "2026-11-23T04:00:00.000Z" };
        expect(readHead(writeHead(head))).toEqual(head);
        const root = dayRootOf(tip);
        if (root) expect(readDayRoot(writeDayRoot(root))).toEqual(root);
        else expect(entries).toEqual([]);
      }),
    );
  });

  it("says in its head what a reader needs: count, last, root, time", () => {
    const tip = extend(EMPTY_TIP, "2026-11-23", Buffer.from("x"));
    const head = JSON.parse(writeHead({ ledger: "prod", tip, at: "2026-11-23T04:00:00.000Z" }).toString());
    expect(head).toMatchObject({
      ledger: "prod",
      count: 1,
      last: sha256("x"),
      root: rootOf(tip.tree),
      at: "2026-11-23T04:00:00.000Z",
    });
  });
});
