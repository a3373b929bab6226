import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readToc, type TocEntry } from "../../../scripts/postgres/dump-toc";
import { compareDigests, digestSchema } from "../../../scripts/postgres/schema-digest";

/** What pg_dump 15 writes, for tests: archive version 1.14, integers of four bytes, offsets of eight. */
function archiveOf(entries: readonly TocEntry[], made = 30, bytes?: Buffer): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(5);
    bytes.writeUInt8(value < 0 ? 1 : 0);
    bytes.writeUInt32LE(Math.abs(value), 1);
    return bytes;
  };
  const text = (value: string | Buffer | undefined): Buffer =>
    value === undefined ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
  const head = [
    Buffer.from("PGDMP"),
    Buffer.from([1, 14, 0, 4, 8, 1]),
    int(-1),
    ...[1, 2, 3, made, 10, 126, 0].map(int),
    ...["shop", `15.${made}`, `15.${made}`].map(text),
  ];
  const body = entries.flatMap((entry, i) => [
    int(i + 1),
    int(0),
    ...["1259", "16385", entry.name, entry.type].map(text),
    int(2),
    ...[
      bytes ?? entry.definition,
      "DROP it;",
      undefined,
      entry.schema,
      entry.tablespace,
      entry.accessMethod,
    ].map(text),
    ...[entry.owner, "false", "3", undefined].map(text),
    Buffer.alloc(9),
  ]);
  return Buffer.concat([...head, int(entries.length), ...body]);
}

const ENTRIES: readonly TocEntry[] = [
  {
    type: "TABLE",
    schema: "learning",
    name: "orders",
    owner: "app",
    definition: "CREATE TABLE learning.orders (id bigint);",
    tablespace: "",
    accessMethod: "heap",
  },
  {
    type: "ACL",
    schema: "learning",
    name: "TABLE orders",
    owner: "app",
    definition: "GRANT SELECT ON TABLE learning.orders TO reader;",
    tablespace: "",
    accessMethod: "",
  },
];

describe("schema digest", () => {
  const digest = digestSchema(archiveOf(ENTRIES));

  it("of two definitions is equal only if their bytes are, whatever their encoding", () => {
    const of = (bytes: Uint8Array) => digestSchema(archiveOf(ENTRIES.slice(0, 1), 30, Buffer.from(bytes)));
    // Among them texts that look like what stands for bytes that are no text.
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ maxLength: 2 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 2 }).map((some) => Buffer.from(`\\x${Buffer.from(some).toString("hex")}`)),
      fc.constantFrom("b3c9", "b9a6").map((hex) => Buffer.from(hex, "hex")),
    );
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(compareDigests(of(one), of(other)).length === 0).toBe(Buffer.compare(one, other) === 0);
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on when and by which minor version it was made", () => {
    expect(digestSchema(archiveOf(ENTRIES, 31))).toEqual(digest);
  });

  it.each([
    ["owner", { owner: "postgres" }, "TABLE learning.orders: changed"],
    [
      "column",
      { definition: "CREATE TABLE learning.orders (id integer);" },
      "TABLE learning.orders: changed",
    ],
    ["tablespace", { tablespace: "fast" }, "TABLE learning.orders: changed"],
    ["access method", { accessMethod: "columnar" }, "TABLE learning.orders: changed"],
    ["name", { name: "sales" }, "TABLE learning.orders: missing"],
  ])("sees another %s", (_, change, what) => {
    const [table, ...rest] = ENTRIES;
    expect(compareDigests(digest, digestSchema(archiveOf([{ ...table!, ...change }, ...rest])))).toContain(
      what,
    );
  });

  it("gives back every object as it is, whatever its texts hold", () => {
    const field = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("", "--\n-- Name: x; Type: TABLE; Schema: s; Owner: o\n--\n"),
    );
    const entry = fc.record({
      type: field,
      schema: field,
      name: field,
      owner: field,
      definition: field,
      tablespace: field,
      accessMethod: field,
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const wellFormed = entries.map((one) =>
          Object.fromEntries(Object.entries(one).map(([key, value]) => [key, Buffer.from(value).toString()])),
        ) as unknown as TocEntry[];
        expect([...readToc(archiveOf(wellFormed))]).toEqual(wellFormed);
      }),
    );
  });

  it("refuses what was cut off anywhere", () => {
    const whole = archiveOf(ENTRIES);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        expect(() => digestSchema(whole.subarray(0, length))).toThrow(RangeError);
      }),
    );
  });
});
