// Reads one migration file: directives, sections, statements, every mistake with its place. Pure: bytes and a grammar in.
//
//   -- ops:phase expand
//   -- Up Migration
//   ALTER TABLE learning.orders ADD COLUMN note text;
//   -- Down Migration
//   ALTER TABLE learning.orders DROP COLUMN note;
//
// The two section lines are node-pg-migrate's, so that its tooling reads these files too.
import { createHash } from "node:crypto";
import { valid } from "semver";
import { oneOf } from "../../policies/engine/suggest";
import type { Problem } from "../../policies/engine/yaml";
import { PHASES, type Phase } from "./compatibility";
import {
  type Allowance,
  type Backfill,
  type Migration,
  NAME,
  type SqlParse,
  type Statement,
  stepsFrom,
} from "./migration";
import { breaksOf, operationsOf } from "./operations";

const SECTION = /^[ \t]*--[ \t-]*(up|down)[ \t]+migration[ \t]*$/gim;
const DIRECTIVE = /^[ \t]*--[ \t]*ops:([^\s]*)[ \t]*(.*?)[ \t]*$/gm;
const QUOTED = /^"([^"]{3,})"$/;

const IN_HEAD = ["phase", "requires-release", "forward-fix"] as const;
const AT_STATEMENT = ["no-transaction", "new-transaction", "backfill", "allow"] as const;

interface Directive {
  name: string;
  value: string;
  at: number;
}

type Report = (at: number, message: string, expected?: string) => void;

interface Part {
  from: number;
  to: number;
}

export interface ReadMigration {
  /** Undefined when there are problems. */
  migration: Migration | undefined;
  problems: readonly Problem[];
}

/** @param file path whose base name is `NNNN_name.sql` */
export function readMigration(file: string, bytes: Uint8Array, parse: SqlParse): ReadMigration {
  const problems: Problem[] = [];
  const base = file.split("/").at(-1) ?? file;
  const named = NAME.exec(base.replace(/\.sql$/, ""));
  if (!named) {
    const message = `${base} is not called like a migration`;
    return whole(file, message, "NNNN_name.sql: four digits, then lower-case letters, digits and _");
  }
  const text = decode(bytes);
  if (text === undefined)
    return whole(file, "the file is not UTF-8", "UTF-8 text; convert it with iconv -t UTF-8");
  const report: Report = (at, message, expected) => {
    problems.push({ file, ...placeOf(text, at), message, ...(expected === undefined ? {} : { expected }) });
  };
  const { head, up, down } = sectionsOf(text, report);
  const directives = [...text.matchAll(DIRECTIVE)].map(
    (match): Directive => ({ name: match[1] ?? "", value: match[2] ?? "", at: match.index }),
  );
  const within = ({ at }: Directive, part: Part | undefined): boolean =>
    part !== undefined && at >= part.from && at < part.to;
  const header = readHead(
    directives.filter((one) => within(one, head)),
    report,
  );
  const read = (part: Part | undefined): Statement[] =>
    part
      ? readStatements(
          text,
          part,
          directives.filter((one) => within(one, part)),
          parse,
          report,
        )
      : [];
  const forward = read(up);
  const back = read(down);
  if (up && forward.length === 0 && problems.length === 0)
    report(up.from, "the up section is empty", "at least one statement");
  checkDown(down, back, header.forwardFix, report);
  if (header.phase === "contract" && header.requiresRelease === undefined)
    report(
      0,
      "a contract must say which release makes it safe",
      "`-- ops:requires-release >= 1.1.0` before the up section",
    );
  if (problems.length > 0 || !header.phase) return { migration: undefined, problems: sorted(problems) };
  return {
    problems: [],
    migration: {
      number: Number(named[1]),
      name: named[0],
      file,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      phase: header.phase,
      requiresRelease: header.requiresRelease,
      forwardFix: header.forwardFix,
      breaks: breaksOf(forward.flatMap((statement) => statement.operations)),
      up: stepsFrom(forward),
      down: back.length > 0 ? stepsFrom(back) : undefined,
    },
  };
}

function whole(file: string, message: string, expected: string): ReadMigration {
  return { migration: undefined, problems: [{ file, line: 1, column: 1, message, expected }] };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Lines and columns from 1. */
export function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

function sectionsOf(text: string, report: Report): { head: Part; up?: Part; down?: Part } {
  const marks = [...text.matchAll(SECTION)].map((match) => ({
    name: (match[1] ?? "").toLowerCase() as "up" | "down",
    at: match.index,
    from: match.index + match[0].length,
  }));
  const parts: { up?: Part; down?: Part } = {};
  for (const [index, { name, at, from }] of marks.entries()) {
    if (parts[name]) report(at, `a second ${name} section`, "one of each");
    else if (name === "up" && parts.down) report(at, "the up section stands after the down section");
    else parts[name] = { from, to: marks[index + 1]?.at ?? text.length };
  }
  if (!parts.up) report(0, "there is no up section", "a line `-- Up Migration`");
  return { head: { from: 0, to: marks[0]?.at ?? text.length }, ...parts };
}

interface Head {
  phase?: Phase;
  requiresRelease: string | undefined;
  forwardFix: string | undefined;
}

function readHead(directives: readonly Directive[], report: Report): Head {
  const head: Head = { requiresRelease: undefined, forwardFix: undefined };
  const seen = new Set<string>();
  for (const { name, value, at } of directives) {
    if (seen.has(name)) report(at, `ops:${name} stands twice`);
    seen.add(name);
    if (name === "phase") {
      const phase = PHASES.find((one) => one === value);
      if (phase) head.phase = phase;
      else report(at, `ops:phase ${value || "(nothing)"}`, oneOf(value, PHASES));
    } else if (name === "requires-release") {
      const version = /^>=\s*(\S+)$/.exec(value)?.[1];
      if (version !== undefined && valid(version)) head.requiresRelease = version;
      else report(at, `ops:requires-release ${value || "(nothing)"}`, ">= and a version, such as >= 1.1.0");
    } else if (name === "forward-fix") {
      head.forwardFix = QUOTED.exec(value)?.[1];
      if (head.forwardFix === undefined)
        report(at, "ops:forward-fix without a reason", "why it cannot be reverted, in double quotes");
    } else if ((AT_STATEMENT as readonly string[]).includes(name)) {
      report(
        at,
        `ops:${name} belongs to a statement`,
        "a place after `-- Up Migration`, before its statement",
      );
    } else report(at, `unknown directive ops:${name}`, oneOf(name, [...IN_HEAD, ...AT_STATEMENT]));
  }
  if (!seen.has("phase")) report(0, "the phase is missing", `\`-- ops:phase\` ${PHASES.join(" | ")}`);
  return head;
}

function checkDown(
  down: Part | undefined,
  back: readonly Statement[],
  forwardFix: string | undefined,
  report: Report,
): void {
  if (forwardFix !== undefined && down)
    report(down.from, "both a down section and ops:forward-fix", "one of them");
  else if (forwardFix === undefined && !down)
    report(
      0,
      "there is no down section",
      '`-- Down Migration` with statements, or `-- ops:forward-fix "why and what instead"`',
    );
  else if (down && back.length === 0)
    report(down.from, "the down section is empty", "statements that undo the up section");
}

function readStatements(
  text: string,
  part: Part,
  directives: readonly Directive[],
  parse: SqlParse,
  report: Report,
): Statement[] {
  const parsed = parse(text.slice(part.from, part.to));
  if ("error" in parsed) {
    report(part.from + parsed.error.at, parsed.error.message, "SQL that PostgreSQL accepts");
    return [];
  }
  let previous = part.from;
  const statements = parsed.statements.map(({ node, start, end }) => {
    const [from, to] = [part.from + start, part.from + end];
    for (const { name, at } of directives)
      if (at >= from && at < to)
        report(at, `ops:${name} inside a statement`, "a line of its own before the statement");
    const own = directives.filter(({ at }) => at >= previous && at < from);
    previous = to;
    const marks = readMarks(text, own, report);
    return {
      sql: text.slice(from, to),
      node,
      ...placeOf(text, from),
      ...marks,
      operations: operationsOf(node),
    };
  });
  for (const { name, at } of directives)
    if (at >= previous) report(at, `ops:${name} after the last statement`, "a place before its statement");
  return statements;
}

type Marks = Pick<Statement, "noTransaction" | "newTransaction" | "backfill" | "allow">;

function readMarks(text: string, directives: readonly Directive[], report: Report): Marks {
  const allow: Allowance[] = [];
  let backfill: Backfill | undefined;
  const flags = new Set<string>();
  for (const { name, value, at } of directives) {
    if (name === "no-transaction" || name === "new-transaction") {
      flags.add(name);
      if (value !== "") report(at, `ops:${name} ${value}`, "nothing after it");
    } else if (name === "backfill") backfill = readBackfill(value, at, report);
    else if (name === "allow") {
      const match = /^([a-z][a-z0-9:-]*)\s+"([^"]{3,})"$/.exec(value);
      if (match) allow.push({ rule: match[1]!, reason: match[2]!, line: placeOf(text, at).line });
      else report(at, `ops:allow ${value || "(nothing)"}`, 'a rule and a reason: ops:allow rule "why"');
    } else if ((IN_HEAD as readonly string[]).includes(name))
      report(at, `ops:${name} inside a section`, "a place before `-- Up Migration`");
    else report(at, `unknown directive ops:${name}`, oneOf(name, [...AT_STATEMENT, ...IN_HEAD]));
  }
  if (backfill && flags.size > 0)
    report(directives[0]!.at, "ops:backfill together with another way to commit", "one of them");
  return {
    noTransaction: flags.has("no-transaction"),
    newTransaction: flags.has("new-transaction"),
    backfill,
    allow,
  };
}

function readBackfill(value: string, at: number, report: Report): Backfill | undefined {
  const given = Object.fromEntries(value.split(/\s+/).map((pair) => pair.split("=", 2))) as Record<
    string,
    string | undefined
  >;
  const { table, key, batch, pause = "0" } = given;
  const unknown = Object.keys(given).filter((name) => !["table", "key", "batch", "pause"].includes(name));
  const whole = (number: string | undefined): boolean => /^\d{1,7}$/.test(number ?? "");
  if (
    unknown.length === 0 &&
    /^\w+\.\w+$/.test(table ?? "") &&
    /^\w+$/.test(key ?? "") &&
    whole(batch) &&
    Number(batch) > 0 &&
    whole(pause)
  )
    return { table: table!, key: key!, batch: Number(batch), pause: Number(pause) };
  report(
    at,
    `ops:backfill ${value || "(nothing)"}`,
    "table=schema.table key=column batch=rows [pause=milliseconds]",
  );
  return undefined;
}
