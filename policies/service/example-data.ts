// What stands for something real that is not there yet: example people, placeholder hosts, keys that nobody holds. It may be
// declared, with a waiver; it proves nothing.
import type { Path } from "../engine/subject";
import { isList, isRecord, type PlannedValue } from "../engine/value";

export interface ExampleDatum {
  path: Path;
  /** What was found, without quoting a whole key. */
  found: string;
}

/** Names that are reserved so that they are nobody's (RFC 2606, RFC 6761), anywhere in a text. */
const HOST =
  /(?<![\w-])(?:[a-z0-9-]+\.)*(?:example\.(?:com|net|org|edu|cn)|[a-z0-9-]+\.(?:example|test|invalid))(?!\.?[\w-])/i;

/** Words and brackets that somebody meant to replace. */
const UNFINISHED = /\b(?:TODO|FIXME|TBD|CHANGE[-_ ]?ME|REPLACE[-_ ]?ME|PLACEHOLDER|X{3,})\b|<[a-z][a-z -]*>/i;

/** Names of nobody, in Chinese and English; the whole text. */
const NOBODY =
  /^(?:张三|李四|王五|赵六|某某|某人|测试|示例|样例|(?:john|jane) (?:doe|smith)|(?:example|sample|test|dummy|demo)(?: (?:person|user|name))?)$/i;

/** An OpenSSH public key whose comment says that it is none. */
const KEY = /^(?:ssh-|ecdsa-|sk-)\S+ \S+ .*\b(?:example|sample|test|dummy|demo)\b/i;

const PATTERNS: readonly (readonly [RegExp, (found: string) => string])[] = [
  [KEY, () => "an example key"],
  [HOST, (found) => `the placeholder ${found}`],
  [UNFINISHED, (found) => `the placeholder ${found}`],
  [NOBODY, (found) => `the example name ${found}`],
];

/** A script redirects with `<` and `>` and has comments: only a host or a key stands in it for what is real. */
const IN_SCRIPTS = PATTERNS.filter(([pattern]) => pattern === HOST || pattern === KEY);

function inText(text: string, patterns = PATTERNS): string | undefined {
  for (const [pattern, say] of patterns) {
    const found = pattern.exec(text);
    if (found) return say(found[0]);
  }
  return undefined;
}

/** Keys that are not looked into: the sandbox's may be examples, and SQL compares with `<` and `>`. */
const SKIPPED: readonly string[] = ["sandbox", "sql"];

/** Of a workflow's step. */
const SCRIPT = "run";

/** Every datum of the value that is an example. */
export function examplesIn(value: PlannedValue | undefined, path: Path = []): ExampleDatum[] {
  if (typeof value === "string") {
    const found = inText(value, path.at(-1) === SCRIPT ? IN_SCRIPTS : PATTERNS);
    return found === undefined ? [] : [{ path, found }];
  }
  if (isList(value)) return value.flatMap((item, at) => examplesIn(item, [...path, at]));
  if (!isRecord(value)) return [];
  return Object.entries(value)
    .filter(([name]) => !SKIPPED.includes(name))
    .flatMap(([name, item]) => examplesIn(item, [...path, name]));
}
