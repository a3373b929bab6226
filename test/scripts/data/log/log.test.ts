// The server's log as PostgreSQL 15 writes it, word for word from a real server, and as whoever wants to blame somebody else would have it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Suspect } from "../../../../scripts/data/blame";
import { Correlator, countsOf, whoText } from "../../../../scripts/data/log/correlate";
import { LogLexer } from "../../../../scripts/data/log/lexer";
import {
  instantOf,
  type LogLine,
  lineOfCsv,
  lineOfJson,
  offsetOfZone,
} from "../../../../scripts/data/log/line";

interface Seen {
  lines: LogLine[];
  /** What is no line of PostgreSQL's. */
  lost: number;
}

/** @param cuts where chunks end */
function seen(text: string | Buffer, cuts: readonly number[] = []): Seen {
  const bytes = Buffer.from(text);
  const lines: LogLine[] = [];
  let foreign = 0;
  const take = (line: LogLine | undefined): void => void (line ? lines.push(line) : foreign++);
  const lexer = new LogLexer({
    onCsv: (fields) => take(lineOfCsv(fields)),
    onJson: (head, tail) => take(lineOfJson(head, tail)),
  });
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [index, end] of [...ends, bytes.length].entries())
    lexer.add(bytes.subarray(ends[index - 1] ?? 0, end));
  lexer.end();
  return { lines, lost: foreign + lexer.lost };
}

const csv = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A line of csvlog. */
function csvLine({
  user = "shop",
  time = "2026-12-01 23:51:32.375 CST",
  xid = 0,
  tag = "UPDATE",
  message = "duration: 0.925 ms  statement: update t set v='auto'",
  from = "10.0.0.7:51234",
  application = "psql",
  session = "6b0eed04.caa",
  database = "learning",
} = {}): string {
  return `${time},${csv(user)},${csv(database)},3242,${csv(from)},${session},1,${csv(tag)},2026-12-01 23:51:32 CST,3/0,${xid},LOG,00000,${csv(message)},,,,,,,,,${csv(application)},"client backend",,0\n`;
}

function jsonLine(more: Record<string, unknown> = {}): string {
  return `${JSON.stringify({
    timestamp: "2026-12-01 23:51:50.604 CST",
    user: "shop",
    dbname: "learning",
    pid: 3470,
    remote_host: "10.0.0.7",
    remote_port: 51234,
    session_id: "6b0eed16.d8e",
    line_num: 10,
    ps: "UPDATE",
    session_start: "2026-12-01 23:51:50 CST",
    vxid: "3/24",
    txid: 737,
    error_severity: "LOG",
    message: "duration: 201.375 ms  execute <unnamed>: update t set v=$1",
    application_name: "node app",
    backend_type: "client backend",
    query_id: 0,
    ...more,
  })}\n`;
}

describe("a line", () => {
  it("of csvlog", () => {
    expect(seen(csvLine())).toEqual({
      lost: 0,
      lines: [
        {
          time: "2026-12-01 23:51:32.375",
          zone: "CST",
          user: "shop",
          application: "psql",
          address: "10.0.0.7",
          database: "learning",
          session: "6b0eed04.caa",
          xid: 0,
          tag: "UPDATE",
          duration: 925n,
        },
      ],
    });
  });

  it("of jsonlog", () => {
    expect(seen(jsonLine()).lines).toEqual([
      expect.objectContaining({
        user: "shop",
        application: "node app",
        address: "10.0.0.7",
        xid: 737,
        duration: 201_375n,
      }),
    ]);
  });

  it("of the server itself belongs to nobody", () => {
    const line = `2026-12-01 23:51:32.397 CST,,,3233,,6b0eed04.ca1,4,,2026-12-01 23:51:32 CST,,0,LOG,00000,"database system is ready to accept connections",,,,,,,,,"","postmaster",,0\n`;
    expect(seen(line)).toMatchObject({ lost: 0, lines: [{ user: "", database: "", xid: 0 }] });
  });

  it.each([
    ["duration: 0.925 ms", 925n],
    ["duration: 3600000.001 ms  statement: x", 3_600_000_001n],
    ["执行时间: 1.500 毫秒  语句: x", 1_500n],
    ["statement: update t set a = 1.500 where b", undefined],
    ["statement: select 'duration: 1.500 ms  x'", undefined],
    ["process 31 still waiting for ShareLock after 1000.123 ms", undefined],
  ])("says in %j how long something took, if that is what it says", (message, duration) => {
    expect(seen(csvLine({ message })).lines[0]?.duration).toBe(duration);
    expect(seen(jsonLine({ message })).lines[0]?.duration).toBe(duration);
  });

  it("of an error tells no time", () => {
    expect(seen(csvLine().replace(",00000,", ",42601,")).lines[0]?.duration).toBeUndefined();
    expect(seen(jsonLine({ state_code: "42601" })).lines[0]?.duration).toBeUndefined();
  });

  it("shows names harmless and short", () => {
    const user = `bo\u001b[31mss\u202e${"x".repeat(100)}`;
    for (const text of [csvLine({ user }), jsonLine({ user })]) {
      const [line] = seen(text).lines;
      expect(line?.user).toMatch(/^bo�\[31mss�x+…$/);
      expect([...line!.user].length).toBeLessThanOrEqual(40);
    }
  });

  it.each([
    ["UTC", 0],
    ["GMT", 0],
    ["+08", 480],
    ["-0330", -210],
    ["CST", undefined],
    ["UTC-8", undefined],
  ])("of zone %s has a certain time, or none", (zone, offset) => {
    expect(offsetOfZone(zone)).toBe(offset);
  });

  it("stands at its instant", () => {
    expect(instantOf({ time: "2026-12-01 23:51:32.375" }, 480)).toBe(
      BigInt(Date.parse("2026-12-01T15:51:32.375Z")) * 1000n,
    );
  });
});

const users = ({ lines }: Seen): string[] => lines.map(({ user }) => user);
const OTHER = csvLine({ user: "other", session: "6b0eed04.cab" });

describe("a log that is damaged", () => {
  it("is read the same wherever chunks are cut", () => {
    const text =
      csvLine({ message: 'duration: 1.000 ms  statement: say "x",\n"y"\r\n' }) + jsonLine() + OTHER;
    const whole = seen(text);
    expect(whole).toMatchObject({ lost: 0, lines: [{}, {}, {}] });
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(seen(text, cuts)).toEqual(whole);
      }),
    );
  });

  it("says what it left out where it begins or ends within a line", () => {
    const text = csvLine({ message: "duration: 1.000 ms  statement: a\nb" }) + OTHER + OTHER;
    expect(seen(text.slice(1))).toMatchObject({
      lost: expect.any(Number),
      lines: [{ user: "other" }, { user: "other" }],
    });
    expect(seen(text.slice(1)).lost).toBeGreaterThan(0);
    expect(seen(text.slice(text.indexOf("\nb") + 1))).toMatchObject({
      lines: [{ user: "other" }, { user: "other" }],
    });
    expect(seen(text.slice(0, -1))).toMatchObject({ lost: 1, lines: [{ user: "shop" }, { user: "other" }] });
    expect(seen(jsonLine() + jsonLine().slice(9))).toMatchObject({ lost: 1, lines: [{}] });
  });

  it("keeps the beginning of a huge line, and reads on", () => {
    const message = `duration: 5.000 ms  statement: insert ${"x, ".repeat(1_000_000)}`;
    for (const line of [
      csvLine({ message, application: "psql" }),
      jsonLine({ message, application_name: "psql", user: "shop" }),
    ]) {
      const { lines, lost } = seen(line + OTHER, [70_000, 1_500_000]);
      expect(lost).toBe(0);
      expect(lines).toMatchObject([
        { user: "shop", application: "psql", duration: 5_000n },
        { user: "other" },
      ]);
    }
  });

  it("takes bytes that are no UTF-8", () => {
    const bytes = Buffer.concat([
      Buffer.from(csvLine()),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(csvLine({ user: "b" })),
      Buffer.from([0x00, 0x80]),
    ]);
    bytes[30] = 0xc3;
    expect(users(seen(bytes))).toContain("b");
  });

  it("is no other kind of log", () => {
    const plain =
      '2026-12-01 15:51:32.375 UTC [31] shop@learning LOG:  duration: 1.000 ms  statement: select "a", 1\n';
    expect(seen(plain.repeat(3)).lines).toEqual([]);
    expect(seen('{}\n[1]\n{"pid": 1}\nnull\n{"timestamp": {}}\n').lines).toEqual([]);
  });
});

describe("what a statement holds", () => {
  const FAKE = csvLine({ user: "innocent", xid: 7 }) + jsonLine({ user: "innocent", txid: 7 });
  const fakes = fc.constantFrom(
    FAKE,
    FAKE.replaceAll('"', '""'),
    FAKE.replaceAll('"', ""),
    "\n2026-12-01 15:51:32.375 UTC,",
    '"',
    "\n",
    ",",
    `"\n${FAKE}`,
    "{",
    "\\",
  );

  it("is never taken for a line, wherever the log was cut", () => {
    const message = fc
      .array(fc.oneof(fakes, fc.string({ maxLength: 5 })), { maxLength: 8 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        message,
        fc.boolean(),
        fc.nat(),
        fc.array(fc.nat(), { maxLength: 3 }),
        (text, json, from, cuts) => {
          const line = json ? jsonLine({ message: text }) : csvLine({ message: text });
          const whole = line + OTHER;
          expect(users(seen(whole, cuts))).toEqual(["shop", "other"]);
          const cut = Buffer.from(whole).subarray(from % whole.length);
          for (const user of users(seen(cut, cuts))) expect(["shop", "other"]).toContain(user);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const SUSPECT: Suspect = {
  xid: 737,
  subtransactions: 0,
  lsn: "0/1527D60",
  at: "2026-12-01 15:51:50.605003 UTC",
  rows: 1,
  tables: [{ database: "learning", schema: "h", name: "t", inserted: 0, updated: 1, deleted: 0 }],
};

function correlated(lines: string, more: Partial<Suspect> = {}) {
  const suspect = { ...SUSPECT, ...more };
  const correlator = new Correlator([suspect]);
  const read = seen(lines);
  for (const line of read.lines) correlator.add(line, instantOf(line, 480));
  const found = correlator.result(read.lost);
  return { text: whoText(found.of(suspect)), check: found.checks[0]!, counts: countsOf(found, [suspect]) };
}

describe("who", () => {
  const auto = (more: Parameters<typeof csvLine>[0] = {}): string =>
    csvLine({ time: "2026-12-01 23:51:50.606 CST", message: "duration: 200.000 ms  statement: x", ...more });

  it("is told by a transaction's number", () => {
    const { text, check, counts } = correlated(jsonLine());
    expect(text).toBe("shop with node app from 10.0.0.7 (by its number)");
    expect(counts).toEqual({ byNumber: 1, nearCommit: 0, severalCandidates: 0, notFound: 0 });
    expect(check).toMatchObject({ name: "log-read", verdict: "inconclusive" }); // the commit is later than the log's last line
  });

  it("is told by the number even where another statement was under way", () => {
    expect(correlated(auto() + jsonLine()).text).toContain("by its number");
  });

  it("may be told by the only statement that was under way at the commit", () => {
    const { text, check, counts } = correlated(auto());
    expect(text).toBe("shop with psql from 10.0.0.7 (near its commit, 1 candidate)");
    expect(check.verdict).toBe("pass");
    expect(counts.nearCommit).toBe(1);
    const earlier = auto({ time: "2026-12-01 23:51:40.000 CST", tag: "SELECT", session: "a.1" });
    expect(correlated(earlier + auto()).check).toMatchObject({
      verdict: "pass",
      detail: "2 lines from 2026-12-01T15:51:40.000Z to 2026-12-01T15:51:50.606Z",
    });
  });

  it("is nobody where several may have been it", () => {
    const { text, counts } = correlated(auto() + auto({ user: "other", session: "a.b" }));
    expect(text).toBe("2 candidates, near its commit");
    expect(counts).toEqual({ byNumber: 0, nearCommit: 0, severalCandidates: 1, notFound: 0 });
  });

  it.each<[string, string]>([
    ["read", auto({ tag: "SELECT" })],
    ["was over before", auto({ time: "2026-12-01 23:51:50.603 CST" })],
    ["began later", auto({ time: "2026-12-01 23:51:51.606 CST" })],
    ["worked in another database", auto({ database: "other" })],
    ["belonged to another transaction", auto({ xid: 738 })],
    ["did not say how long it took", auto({ message: "statement: update t set v='mod'" })],
  ])("is not whoever %s", (_what, line) => {
    expect(correlated(line)).toMatchObject({ text: "not in the log", counts: { notFound: 1 } });
  });

  it("doubts a log that knows the number later than its commit", () => {
    const { text, check } = correlated(jsonLine({ timestamp: "2026-12-02 07:51:50.604 CST" }));
    expect(text).toBe("not in the log");
    expect(check).toMatchObject({
      verdict: "inconclusive",
      detail: expect.stringContaining("another server's, or of another zone"),
    });
  });

  it("doubts a log with holes, and one without durations", () => {
    expect(correlated(`x\n${auto()}`).check.detail).toContain("1 places in it are no lines of PostgreSQL's");
    expect(correlated(jsonLine()).check.detail).toContain("no line tells how long a statement took");
    expect(correlated("").check).toMatchObject({
      verdict: "inconclusive",
      detail: "no line of the log could be read",
    });
  });

  it("looks at every database where what was dropped has no name any more", () => {
    const dropped = {
      database: "16389",
      schema: "",
      name: "16400",
      inserted: 0,
      updated: 0,
      deleted: 0,
      how: "dropped" as const,
    };
    expect(correlated(jsonLine(), { tables: [dropped] }).text).toContain("by its number");
  });
});
