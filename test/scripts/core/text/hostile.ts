// Reports whose every text is chosen by an enemy.
import fc from "fast-check";
import type { Check } from "../../../../scripts/core/evidence";
import type { DrillReport } from "../../../../scripts/drill/report/model";
import { PASSED } from "../../drill/report/samples";

const ESCAPE = String.fromCharCode(27);
const ATTACKS = [
  "<script>alert(1)</script>",
  "</style><img src=x onerror=alert(1)>",
  '" onmouseover="alert(1)',
  "' x='",
  "&lt;b&gt; <!-- ",
  "]]>",
  "| a | b |\n| --- | --- |",
  "</details></summary><h1>",
  "[text](javascript:alert(1)) ![x](https://evil.example/x.png)",
  "@everyone **bold** `code`",
  `${ESCAPE}[2J${ESCAPE}]0;owned`,
  "\u202egnp.exe",
];

export const hostileText = fc.oneof(
  fc.constantFrom(...ATTACKS),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const seconds = fc.oneof(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.constantFrom(Number.NaN, 0, -1));
const instant = fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
const verdict = fc.constantFrom("pass", "fail", "inconclusive") as fc.Arbitrary<
  "pass" | "fail" | "inconclusive"
>;

const check: fc.Arbitrary<Check> = fc.record({ name: hostileText, verdict, detail: hostileText, seconds });
const phase = fc.record({ name: hostileText, startSeconds: seconds, seconds, recovery: fc.boolean() });
const target = fc.oneof(
  fc.record({ kind: fc.constant("latest" as const) }),
  fc.record({
    kind: fc.constant("restore-point" as const),
    name: hostileText,
    lsn: hostileText,
    at: instant,
  }),
);

export const hostileReport: fc.Arbitrary<DrillReport> = fc.record({
  id: hostileText,
  title: hostileText,
  environment: hostileText,
  platform: hostileText,
  clauses: fc.array(
    fc.record({ id: hostileText, source: hostileText, original: hostileText, obligation: hostileText }),
    { maxLength: 2 },
  ),
  started: instant,
  finished: instant,
  verdict,
  gitCommit: fc.option(hostileText, { nil: undefined }),
  actor: hostileText,
  targets: fc.constant(PASSED.targets),
  predictedRtoSeconds: fc.option(seconds, { nil: undefined }),
  scenarios: fc.array(
    fc.record({
      id: hostileText,
      name: hostileText,
      started: instant,
      target,
      backup: fc.option(hostileText, { nil: undefined }),
      phases: fc.array(phase, { maxLength: 3 }),
      rtoSeconds: fc.option(seconds, { nil: undefined }),
      rpoSeconds: fc.option(seconds, { nil: undefined }),
      verdict,
      checks: fc.array(check, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  isolation: fc.array(check, { maxLength: 2 }),
  previous: fc.constantFrom(undefined, PASSED.previous),
  evidence: fc.option(fc.record({ file: hostileText, sha256: hostileText }), { nil: undefined }),
  tools: fc.dictionary(hostileText, hostileText, { maxKeys: 2 }),
});
