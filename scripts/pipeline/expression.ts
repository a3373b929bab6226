// GitHub's expressions, as far as our workflows use them: contexts, operators, a few functions. Held against GitHub's own
// evaluator by a test. Pure.
import { OpsError } from "../core/errors";

export type ExpressionValue =
  | string
  | number
  | boolean
  | null
  | readonly ExpressionValue[]
  | { readonly [key: string]: ExpressionValue };

export interface Scope {
  /** `github`, `inputs`, `env`, `matrix`, `steps`, `needs`, `vars`, `runner`, `secrets`; what is missing is null. */
  contexts: Readonly<Record<string, ExpressionValue>>;
  /** How the steps, or the needed jobs, before this one ended. */
  status: "success" | "failure" | "cancelled";
}

type Token = { kind: "literal"; value: ExpressionValue } | { kind: "name" | "operator"; text: string };

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?)|'(?<text>(?:[^']|'')*)'|(?<name>[A-Za-z_][\w-]*)|(?<operator>==|!=|<=|>=|&&|\|\||[!<>().,[\]]))/y;

const WORDS: Readonly<Record<string, ExpressionValue>> = { true: true, false: false, null: null };

function refuse(source: string, what: string): OpsError {
  return new OpsError("usage", `the expression "${source}" is not understood: ${what}`, {
    expected:
      "contexts, literals, ! && || == != < <= > >=, and the functions of scripts/pipeline/expression.ts",
    todo: "write it simpler, or extend the evaluator and its test",
  });
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const text = source.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text)?.groups;
    if (!found) throw refuse(source, `at "${text.slice(from)}"`);
    if (found.number !== undefined) tokens.push({ kind: "literal", value: Number(found.number) });
    else if (found.text !== undefined)
      tokens.push({ kind: "literal", value: found.text.replaceAll("''", "'") });
    else if (found.name !== undefined && Object.hasOwn(WORDS, found.name))
      tokens.push({ kind: "literal", value: WORDS[found.name] ?? null });
    else if (found.name !== undefined) tokens.push({ kind: "name", text: found.name });
    else tokens.push({ kind: "operator", text: found.operator ?? "" });
  }
  return tokens;
}

export const truthy = (value: ExpressionValue): boolean =>
  !(value === null || value === false || value === "" || value === 0 || Number.isNaN(value));

/** As it stands in a text. */
export function shown(value: ExpressionValue): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function numberOf(value: ExpressionValue): number {
  if (value === null) return 0;
  if (typeof value === "object") return Number.NaN;
  return typeof value === "string" && value.trim() === "" ? 0 : Number(value);
}

/** Texts are compared without case; different types as numbers. */
function compare(a: ExpressionValue, b: ExpressionValue): number {
  if (typeof a === "string" && typeof b === "string") {
    const [left, right] = [a.toUpperCase(), b.toUpperCase()];
    return left === right ? 0 : left < right ? -1 : 1;
  }
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null)
    return a === b ? 0 : Number.NaN;
  return numberOf(a) - numberOf(b);
}

const FUNCTIONS: Readonly<
  Record<string, (args: readonly ExpressionValue[], scope: Scope) => ExpressionValue>
> = {
  success: (_, { status }) => status === "success",
  failure: (_, { status }) => status === "failure",
  cancelled: (_, { status }) => status === "cancelled",
  always: () => true,
  contains: ([where = null, what = null]) =>
    Array.isArray(where)
      ? where.some((item) => compare(item, what) === 0)
      : shown(where).toUpperCase().includes(shown(what).toUpperCase()),
  startswith: ([text = null, start = null]) =>
    shown(text).toUpperCase().startsWith(shown(start).toUpperCase()),
  endswith: ([text = null, end = null]) => shown(text).toUpperCase().endsWith(shown(end).toUpperCase()),
  format: ([text = null, ...rest]) =>
    shown(text).replace(/\{\{|\}\}|\{(\d+)\}/g, (match, index: string | undefined) =>
      index === undefined ? match.slice(1) : shown(rest[Number(index)] ?? null),
    ),
};

/** Names that make a condition speak about how things went; without one of them it means `success() && …`. */
const STATUS = /\b(success|failure|cancelled|always)\s*\(/i;

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** @throws OpsError usage for an expression beyond what is written above */
export function evaluate(source: string, scope: Scope): ExpressionValue {
  const tokens = tokensOf(source);
  let at = 0;
  const is = (text: string): boolean => {
    const token = tokens[at];
    return token?.kind === "operator" && token.text === text;
  };
  const take = (text: string): boolean => {
    if (!is(text)) return false;
    at++;
    return true;
  };
  const expect = (text: string): void => {
    if (!take(text)) throw refuse(source, `${text} is missing`);
  };

  const either = (): ExpressionValue => {
    let value = both();
    while (take("||")) {
      const other = both();
      value = truthy(value) ? value : other;
    }
    return value;
  };
  const both = (): ExpressionValue => {
    let value = comparison();
    while (take("&&")) {
      const other = comparison();
      value = truthy(value) ? other : value;
    }
    return value;
  };
  const comparison = (): ExpressionValue => {
    let value = unary();
    for (let token = tokens[at]; token?.kind === "operator"; token = tokens[at]) {
      const holds = COMPARISONS[token.text];
      if (!holds) break;
      at++;
      value = holds(compare(value, unary()));
    }
    return value;
  };
  const unary = (): ExpressionValue => (take("!") ? !truthy(unary()) : access(primary()));
  const access = (start: ExpressionValue): ExpressionValue => {
    let value = start;
    while (is(".") || is("[")) {
      let key: string;
      if (take(".")) {
        const token = tokens[at++];
        if (token?.kind !== "name") throw refuse(source, "a name is missing after the dot");
        key = token.text;
      } else {
        at++;
        key = shown(either());
        expect("]");
      }
      value = member(value, key);
    }
    return value;
  };
  const primary = (): ExpressionValue => {
    if (take("(")) {
      const value = either();
      expect(")");
      return value;
    }
    const token = tokens[at++];
    if (token?.kind === "literal") return token.value;
    if (token?.kind !== "name") throw refuse(source, "a value is missing");
    if (!take("(")) return member(scope.contexts, token.text);
    const args: ExpressionValue[] = [];
    while (!take(")")) {
      if (args.length > 0) expect(",");
      args.push(either());
    }
    const call = FUNCTIONS[token.text.toLowerCase()];
    if (!call) throw refuse(source, `there is no function ${token.text} here`);
    return call(args, scope);
  };

  const value = either();
  if (at < tokens.length) throw refuse(source, "something is left over");
  return value;
}

/** Properties are found without case, as GitHub does. */
function member(value: ExpressionValue, key: string): ExpressionValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const found = Object.entries(value).find(([name]) => name.toLowerCase() === key.toLowerCase());
  return found?.[1] ?? null;
}

/** A text with `${{ … }}` filled in. */
export const interpolate = (text: string, scope: Scope): string =>
  text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_, source: string) => shown(evaluate(source, scope)));

/** Whether a step or job with this `if` runs. */
export function holds(condition: string | undefined, scope: Scope): boolean {
  const source = (condition ?? "success()").trim().replace(/^\$\{\{([\s\S]*)\}\}$/, "$1");
  return (STATUS.test(source) || scope.status === "success") && truthy(evaluate(source, scope));
}
