// What a signed claim must be, whoever signed it: the shape of an entry, and a verdict that its own checks give. The holder of the
// key may be the one who lies. `scripts/verify-evidence.mjs` says the same in its own words.
import * as v from "valibot";
import { type Check, overall, type Predicate } from "../core/evidence";
import { Defect } from "./dsse";

/** Place of an entry in the chain. */
export interface Link {
  /** From 1. */
  index: number;
  /** sha256 of the envelope before it; null for the first. */
  previous: string | null;
}

export type Claim = Link & Predicate;

/** Valibot takes a list for an object, and passes over some names of a record. */
const plain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isInstant = (value: unknown): value is string =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;

export const INSTANT_AS_WRITTEN = v.custom<string>(isInstant, "an instant in UTC with milliseconds");
export const DIGEST = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a sha256 in hex"));
export const DATE = v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/, "a day"));
const WHOLE = v.pipe(v.number(), v.safeInteger("a whole number"));
export const COUNT = v.pipe(WHOLE, v.minValue(0, "a number from 0"));
export const ORDINAL = v.pipe(WHOLE, v.minValue(1, "a number from 1"));

const CLAIM = v.object({
  index: ORDINAL,
  previous: v.nullable(DIGEST),
  job: v.string(),
  kind: v.string(),
  clauses: v.array(v.string()),
  environment: v.string(),
  platform: v.string(),
  started: INSTANT_AS_WRITTEN,
  finished: INSTANT_AS_WRITTEN,
  verdict: v.picklist(["pass", "fail", "inconclusive"]),
  measurements: v.array(
    v.object({ name: v.string(), value: v.number(), unit: v.string(), target: v.optional(v.number()) }),
  ),
  checks: v.array(
    v.object({
      name: v.string(),
      verdict: v.picklist(["pass", "fail", "inconclusive", "not-applicable"]),
      detail: v.string(),
      seconds: v.optional(v.number()),
      coveredBy: v.optional(v.string()),
    }),
  ),
  artifacts: v.array(v.object({ name: v.string(), mediaType: v.string(), sha256: DIGEST, bytes: COUNT })),
  inputs: v.custom((value) => plain(value) && Object.values(value).every((text) => typeof text === "string")),
  actor: v.string(),
  facts: v.custom(plain, "an object"),
});

/**
 * Fields that are not known here are let be: later versions may write more.
 * @throws Defect for a value of another shape, a verdict that its checks do not give, an end before the beginning
 */
export function checkClaim(value: unknown): asserts value is Claim {
  demandShape(CLAIM, value, "predicate");
  const { verdict, checks, started, finished } = value as Claim;
  const given = overall(checks);
  if (verdict !== given) {
    throw new Defect(`its verdict is ${verdict}`, `${given}, which is what its ${reasonFor(checks)} give`);
  }
  if (Date.parse(finished) < Date.parse(started))
    throw new Defect(`it finished at ${finished}`, `an end that is not before its beginning, ${started}`);
}

function reasonFor(checks: readonly Check[]): string {
  const unhappy = checks.filter(({ verdict }) => verdict === "fail" || verdict === "inconclusive");
  return unhappy.length > 0
    ? `checks (${unhappy[0]!.name}: ${unhappy[0]!.verdict})`
    : `${checks.length} checks`;
}

/** @throws Defect that names the first field that is wrong */
export function demandShape(schema: v.GenericSchema, value: unknown, name: string): void {
  const read = v.safeParse(schema, value, { abortEarly: true });
  if (read.success) return;
  const [issue] = read.issues;
  const field = [name, v.getDotPath(issue)].filter(Boolean).join(".");
  const expected = issue.kind === "schema" && issue.expected !== null ? issue.expected : issue.message;
  throw new Defect(`its ${field} is ${issue.received.slice(0, 80)}`, expected);
}

/** Names of environments: a ledger that is called so holds this environment's evidence and no other's. */
const ENVIRONMENT = /^(?:sandbox|staging|prod|dr|drill-[a-z0-9-]+)$/;

/**
 * @param ledger name of the ledger that it lies in
 * @throws Defect when it is another environment's evidence
 */
export function checkEnvironment({ environment }: Pick<Claim, "environment">, ledger: string): void {
  if (!ENVIRONMENT.test(ledger) || environment === ledger) return;
  throw new Defect(
    `it is evidence of environment ${environment}`,
    `evidence of ${ledger}, as the ledger is called`,
  );
}
