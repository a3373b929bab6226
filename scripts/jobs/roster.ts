// `ops roster`: who answers now and in the coming weeks, and proof that there is no hour in which nobody does.

import { clauseOf, figure } from "../../policies/contract/contract";
import { examplesIn } from "../../policies/service/example-data";
import { duties, onDuty, uncovered } from "../../policies/service/on-call";
import type { Roster } from "../../policies/service/roster";
import type { Context } from "../context";
import type { Check } from "../core/evidence";
import { shanghai, showInstant } from "../core/instant";
import { renderTable } from "../core/table";
import { defineJob } from "../job";

const WEEK = 7 * 86_400_000;
const WEEKS = 4;

/** Roles whose approval counts. */
const APPROVERS = ["service-lead", "release-engineer"];

export default defineJob({
  name: "roster",
  purpose: "know",
  summary:
    "Show who is on call now and in the coming week, and prove that every hour of four weeks is covered",
  clauses: ["SVC-REMOTE", "SVC-TEAM"],
  cadence: "weekly",
  effect: "reads",
  evidence: { kind: "roster-coverage" },
  arguments: {
    approver: {
      kind: "text",
      value: "person",
      description: "fail unless this person of the roster may approve",
    },
  },
  examples: [
    { command: "ops roster", what: "Who is on call now, and the shifts of the coming week." },
    {
      command: "ops roster --approver chen-jing",
      what: "Whether this person may approve a drill or a release.",
    },
  ],
  offline: true,
  plan: async () => [
    "read policies/service/roster.yaml",
    `look for an hour of the coming ${WEEKS} weeks in which nobody answers`,
    "count people; look for a role that only one person could do",
  ],
  async run(context, { approver }) {
    const { clock, color, roster } = context;
    const now = clock.now();
    const people = onDuty(roster, now);
    const shifts = duties(roster, { from: now.getTime(), to: now.getTime() + WEEK });
    const rows = shifts.map(({ from, to, shift, people: [first = "nobody", ...others] }) => [
      shanghai(new Date(from)).slice(0, 16),
      shanghai(new Date(to)).slice(0, 16),
      shift,
      first,
      others.join(", "),
    ]);
    return {
      checks: [
        coverage(roster, now),
        size(context),
        doubled(roster),
        peopleAreReal(context),
        ...(approver === undefined ? [] : [may(roster, approver)]),
      ],
      measurements: [{ name: "people", value: roster.people.length, unit: "people" }],
      artifacts: [],
      facts: {},
      summary: [
        `Now      ${people.join(", then ") || "nobody"} (${showInstant(now)})`,
        renderTable({ head: ["From (Asia/Shanghai)", "To", "Shift", "First", "Then"], rows, color }),
      ].join("\n"),
      json: { now: people, shifts },
    };
  },
});

function coverage(roster: Roster, now: Date): Check {
  const from = now.getTime();
  const gaps = uncovered(roster, { from, to: from + WEEKS * WEEK });
  const [first] = gaps;
  return {
    name: "every-hour-covered",
    verdict: first ? "fail" : "pass",
    detail: first
      ? `nobody answers in ${gaps.length} stretches, the first from ${showInstant(new Date(first.from))}`
      : `somebody answers at every hour of the coming ${WEEKS} weeks`,
  };
}

function size({ contract, roster }: Context): Check {
  const least = figure(contract, "SVC-TEAM", "people")?.value ?? Number.POSITIVE_INFINITY;
  const found = roster.people.length;
  return {
    name: "team-large-enough",
    verdict: found >= least ? "pass" : "fail",
    detail: `${found} people; ${clauseOf(contract, "SVC-TEAM")?.id ?? "the contract"} asks for ${least}`,
  };
}

function doubled({ roles, people }: Roster): Check {
  const alone = roles
    .map(({ name }) => name)
    .filter(
      (role) =>
        people.filter((each) => [...each.roles, ...each.backupFor].includes(role)).length < 2 ||
        !people.some((each) => each.roles.includes(role)),
    );
  return {
    name: "roles-doubled",
    verdict: alone.length === 0 ? "pass" : "fail",
    detail:
      alone.length === 0
        ? `all ${roles.length} roles are filled and have a second`
        : `without a second: ${alone.join(", ")}`,
  };
}

/** Invented people answer nobody: what they cover cannot be told. The sandbox is an example as a whole. */
export function peopleAreReal({ roster, environment }: Pick<Context, "roster" | "environment">): Check {
  const name = "people-are-real";
  const examples = examplesIn(JSON.parse(JSON.stringify(roster)));
  const [first] = examples;
  if (!first)
    return { name, verdict: "pass", detail: "no example name, address or key stands in the roster" };
  const detail = `${examples.length} places of the roster hold example data, the first ${first.path.join(".")}: ${first.found}`;
  return environment === "sandbox"
    ? { name, verdict: "not-applicable", detail: `${detail}; in the sandbox nobody has to answer` }
    : { name, verdict: "inconclusive", detail: `${detail}; expected the real team` };
}

function may({ people }: Roster, name: string): Check {
  const person = people.find((each) => each.name === name);
  const allowed = person?.roles.some((role) => APPROVERS.includes(role)) ?? false;
  return {
    name: "approver-may-approve",
    verdict: allowed ? "pass" : "fail",
    detail: person
      ? `${name} is ${person.roles.join(", ")}; ${APPROVERS.join(" and ")} may approve`
      : `${name} is not on the roster`,
  };
}
