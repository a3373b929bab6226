// Rows are put back so that foreign keys hold after each of them, as far as tables do not refer to each other in a ring.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChangedRow } from "../../../../scripts/data/images/change";
import { OrderedRows, parentsFirst } from "../../../../scripts/data/images/table-order";
import { memoryFiles } from "../row-files";

it("puts what is referred to first, whatever the order in which tables are named", () => {
  const graph = fc
    .integer({ min: 1, max: 12 })
    .chain((count) =>
      fc.tuple(
        fc.constant(count),
        fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
        fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1))),
      ),
    );
  fc.assert(
    fc.property(graph, ([count, names, pairs]) => {
      // Without rings: whoever refers comes later in a secret order.
      const edges = pairs
        .filter(([a, b]) => a > b)
        .map(([child, parent]) => ({ child: names[child]!, parent: names[parent]! }));
      const order = parentsFirst(count, edges);
      expect([...order].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
      for (const { child, parent } of edges) expect(order.indexOf(parent)).toBeLessThan(order.indexOf(child));
    }),
  );
});

it("ends where tables refer to each other, or to themselves", () => {
  const edges = [
    { child: 0, parent: 1 },
    { child: 1, parent: 0 },
    { child: 2, parent: 2 },
  ];
  expect(parentsFirst(3, edges).sort()).toEqual([0, 1, 2]);
});

it("takes away children first, changes, and brings back parents first", async () => {
  const files = memoryFiles();
  const image = (name: string): string[] => [name];
  const row = (table: number, before: string | null, after: string | null): ChangedRow => ({
    table,
    before: before === null ? null : image(before),
    after: after === null ? null : image(after),
  });
  const [parent, child] = [0, 1];
  const rows = new OrderedRows(files, "r", [], [0, 1]);
  const given = [
    row(child, "lost child", null),
    row(parent, null, "new parent"),
    row(parent, "lost parent", null),
    row(child, "a", "b"),
    row(child, null, "new child"),
    row(parent, "c", "d"),
  ];
  for (const one of given) await rows.add(one);
  const whole = await files.rowFiles.create("whole");
  await rows.into(whole);
  const names: unknown[] = [];
  for await (const value of files.rowFiles.read("whole")) {
    const { before, after } = value as ChangedRow;
    names.push((before ?? after)![0]);
  }
  expect(names).toEqual(["new child", "new parent", "c", "a", "lost parent", "lost child"]);
  expect(rows.rows).toBe(6);
  expect(files.names()).toEqual(["whole"]);
});
