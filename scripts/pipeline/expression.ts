// GitHub's expressions, read by GitHub's own evaluator. Ours is only what a condition means and what the status functions see.
import { OpsError } from "../core/errors";

export type ExpressionValue =
  | string
  | number
  | boolean
  | null
  | readonly ExpressionValue[]
  | { readonly [key: string]: ExpressionValue };

/** What GitHub knows by name; a scope that says nothing about one makes it null, any other name is refused. */
const CONTEXTS = [
  "github",
  "inputs",
  "env",
  "matrix",
  "steps",
  "needs",
  "vars",
  "runner",
  "secrets",
  "job",
  "strategy",
] as const;

export interface Scope {
  contexts: Readonly<Partial<Record<(typeof CONTEXTS)[number], ExpressionValue>>>;
  /** How the steps, or the needed jobs, before this one ended. */
  status: "success" | "failure" | "cancelled";
}

/** Names that make a condition speak about how things went; without one of them it means `success() && …`. */
const STATUS = /\b(success|failure|cancelled|always)\s*\(/i;
const STATUS_FUNCTIONS = ["success", "failure", "cancelled", "always"] as const;

/** @throws OpsError usage for what GitHub refuses, and for functions that only GitHub's runner has (`hashFiles`) */
export async function evaluate(source: string, { contexts, status }: Scope) {
  const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
  const functions = STATUS_FUNCTIONS.map((name) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(name === "always" || name === status),
  }));
  const pairs = CONTEXTS.map((key) => ({
    key,
    value: JSON.parse(JSON.stringify(contexts[key] ?? null), data.reviver),
  }));
  try {
    if (source.trim() === "") throw new Error("it is empty");
    const tree = new Parser(new Lexer(source).lex().tokens, [...CONTEXTS], functions).parse();
    const known = new Map(functions.map((each) => [each.name, each]));
    return new Evaluator(tree, new data.Dictionary(...pairs), known).evaluate();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError("usage", `the expression "${source}" cannot be evaluated: ${why}`, {
      expected: "an expression of GitHub Actions, without the functions that need its runner",
      cause,
    });
  }
}

/** A text with `${{ … }}` filled in. */
export async function interpolate(text: string, scope: Scope): Promise<string> {
  const parts = text.split(/\$\{\{([\s\S]*?)\}\}/).map(async (part, index) => {
    const isExpression = index % 2 === 1;
    return isExpression ? (await evaluate(part, scope)).coerceString() : part;
  });
  return (await Promise.all(parts)).join("");
}

/** Whether a step or job with this `if` runs. */
export async function holds(condition: string | undefined, scope: Scope): Promise<boolean> {
  const { truthy } = await import("@actions/expressions/result");
  const source = (condition ?? "success()").trim().replace(/^\$\{\{([\s\S]*)\}\}$/, "$1");
  const value = await evaluate(source, scope);
  return (STATUS.test(source) || scope.status === "success") && truthy(value);
}
