// What the loaders of a release's declarations refuse: place in the file, what was found, what is allowed.
import { describe, expect, it } from "vitest";
import { loadChanges, loadOriginalEffort } from "../../../policies/service/changes";
import { loadDeliveryRules } from "../../../policies/service/delivery";
import { loadIncidents } from "../../../policies/service/incidents";
import { loadKeyPeriods } from "../../../policies/service/key-periods";
import { problemsOf, ROOT, read, repository } from "../repository";

const FOLDER = "policies/service";
type Case = [what: string, before: string, after: string, problem: RegExp];

/** One line of a good file is changed; the loader's problems are those of the changed file. */
function refuses(load: (root: string) => unknown, file: string, good: string, cases: readonly Case[]): void {
  it("is read as it should be", () => {
    expect(problemsOf(() => load(repository({ [file]: good })))).toEqual([]);
  });
  it.each(cases)("refuses %s", (_, before, after, problem) => {
    expect(good).toContain(before);
    const found = problemsOf(() => load(repository({ [file]: good.replace(before, after) })));
    expect(found).toEqual([expect.stringMatching(problem)]);
    expect(found[0]).toMatch(new RegExp(`^${file.replaceAll(".", "\\.")}:\\d+:\\d+: `));
  });
}

describe("a change", () => {
  const good = `id: cr-2026-001
title: Invoices can be asked for again
kind: function
effort: 3.5
requester: Training office
requested: 2026-10-12
acceptance: { by: Training office, at: 2026-11-02 }
release: learning-web 1.1.0
`;
  refuses(loadChanges, `${FOLDER}/changes/cr-2026-001.yaml`, good, [
    [
      "another id than the file's",
      "cr-2026-001",
      "cr-2026-002",
      /:1:\d+: id: found "cr-2026-002" \(expected "cr-2026-001", as the file is called\)$/,
    ],
    [
      "an id without a year",
      "cr-2026-001",
      "cr-1",
      /:1:5: id: found "cr-1" \(expected an id such as cr-2026-001/,
    ],
    [
      "a kind that is none",
      "kind: function",
      "kind: functoin",
      /:3:7: kind: found "functoin" \(expected one of requirement, function, interface, operation; did you mean "function"\?\)$/,
    ],
    [
      "no effort at all",
      "effort: 3.5",
      "effort: 0",
      /:4:9: effort: found 0 \(expected person-days, above 0\)$/,
    ],
    [
      "effort in words",
      "effort: 3.5",
      "effort: three days",
      /:4:9: effort: found "three days" \(expected a number/,
    ],
    [
      "a day that is none",
      "requested: 2026-10-12",
      "requested: 2026-13-12",
      /:6:12: requested: found "2026-13-12" \(expected the day of the request/,
    ],
    [
      "an acceptance before the request",
      "at: 2026-11-02",
      "at: 2026-10-01",
      /:7:\d+: accepted on 2026-10-01 \(expected a day not before 2026-10-12\)$/,
    ],
    [
      "a release without a version",
      "learning-web 1.1.0",
      "soon",
      /:8:10: release: found "soon" \(expected the app and version/,
    ],
  ]);

  it("with a misspelt property is told both what is missing and what is unknown", () => {
    const root = repository({ [`${FOLDER}/changes/cr-2026-001.yaml`]: good.replace("title:", "titel:") });
    expect(problemsOf(() => loadChanges(root))).toEqual([
      expect.stringMatching(/"title" is missing/),
      expect.stringMatching(/:2:1: unknown property "titel" .*did you mean "title"\?/),
    ]);
  });
});

describe("the original effort", () => {
  refuses(loadOriginalEffort, `${FOLDER}/original-effort.yaml`, read(`${FOLDER}/original-effort.yaml`), [
    [
      "nothing",
      "personDays: 1000",
      "personDays: 0",
      /:2:13: personDays: found 0 \(expected person-days, above 0\)$/,
    ],
    [
      "a confirmation by a word",
      "confirmed: no",
      "confirmed: maybe",
      /confirmed: found "maybe" \(expected by whom and when/,
    ],
  ]);
});

describe("an incident", () => {
  const good = `id: inc-2026-001
level: P2
environment: prod
summary: Payments are slow
opened: 2026-11-20T09:00:00+08:00
closed: open
`;
  refuses(loadIncidents, `${FOLDER}/incidents/inc-2026-001.yaml`, good, [
    [
      "another id than the file's",
      "inc-2026-001",
      "inc-2026-009",
      /:1:\d+: id: found "inc-2026-009" \(expected "inc-2026-001", as the file is called\)$/,
    ],
    [
      "a level that the contract has not",
      "level: P2",
      "level: P5",
      /:2:8: level: found "P5" \(expected one of P1, P2, P3, P4/,
    ],
    [
      "an environment that is none",
      "environment: prod",
      "environment: production",
      /:3:14: environment: found "production" \(expected one of sandbox, staging, prod, dr/,
    ],
    [
      "an instant without a zone",
      "09:00:00+08:00",
      "09:00:00",
      /:5:9: opened: found "2026-11-20T09:00:00" \(expected an instant with its zone\)$/,
    ],
    [
      "an end before the beginning",
      "closed: open",
      "closed: 2026-11-20T08:59:59+08:00",
      /:6:\d+: closed at 2026-11-20T08:59:59\+08:00 \(expected an instant not before/,
    ],
    [
      "an end in another word",
      "closed: open",
      "closed: soon",
      /:6:9: closed: found "soon" \(expected an instant with its zone, or the word open\)$/,
    ],
  ]);
});

describe("a key period", () => {
  const good = `name: entrance-2027
title: 2027年招生
from: 2027-03-01
to: 2027-03-15
level: training-peak
freeze: { from: 2027-02-26, to: 2027-03-15 }
duty: [zhao-lei]
plan: runbooks/procedures/guard-key-period.md
`;
  const people = ["zhao-lei", "zheng-kai"];
  refuses((root) => loadKeyPeriods(root, people), `${FOLDER}/key-periods/entrance-2027.yaml`, good, [
    [
      "another name than the file's",
      "name: entrance-2027",
      "name: entrance",
      /:1:\d+: name: found "entrance" \(expected "entrance-2027", as the file is called\)$/,
    ],
    [
      "an end before the beginning",
      "\nto: 2027-03-15",
      "\nto: 2027-02-15",
      /:4:\d+: to: 2027-02-15 is before 2027-03-01 \(expected a last day/,
    ],
    [
      "a freeze that ends before it begins",
      "freeze: { from: 2027-02-26, to: 2027-03-15 }",
      "freeze: { from: 2027-02-26, to: 2027-02-25 }",
      /:6:\d+: to: 2027-02-25 is before 2027-02-26/,
    ],
    [
      "no freeze without a reason",
      "{ from: 2027-02-26, to: 2027-03-15 }",
      "none",
      /:6:9: freeze: found "none" \(expected days on which nothing is released/,
    ],
    [
      "a level that is none",
      "training-peak",
      "trainingpeak",
      /:5:8: level: found "trainingpeak" \(expected one of major-meeting, training-peak/,
    ],
    [
      "nobody on duty",
      "[zhao-lei]",
      "[]",
      /:7:7: duty: found .*\(expected at least one person of the roster, by name\)$/,
    ],
    [
      "somebody who is not on the roster",
      "[zhao-lei]",
      "[zhao-ley]",
      /:7:\d+: zhao-ley is not on the roster \(expected one of zhao-lei, zheng-kai; did you mean "zhao-lei"\?\)$/,
    ],
    [
      "a plan that does not exist",
      "guard-key-period.md",
      "guard.md",
      /:8:\d+: plan: no such file: runbooks\/procedures\/guard\.md/,
    ],
    [
      "a day that is none",
      "from: 2027-03-01\n",
      "from: 2027-02-30\n",
      /:3:7: from: found "2027-02-30" \(expected the first day/,
    ],
  ]);

  it("that is declared in this repository is read", () => {
    expect(loadKeyPeriods(ROOT, people).map(({ name }) => name)).toEqual(["two-sessions-2027"]);
  });
});

describe("the rules of delivery", () => {
  refuses(loadDeliveryRules, `${FOLDER}/delivery.yaml`, read(`${FOLDER}/delivery.yaml`), [
    [
      "a backup verified the day before yesterday",
      "verifiedBackupHours: 24",
      "verifiedBackupHours: 48",
      /:2:22: verifiedBackupHours: found 48 \(expected hours, at most 24/,
    ],
    [
      "hours that are none",
      'prod: { from: "09:30"',
      'prod: { from: "9:30"',
      /:8:18: from: found "9:30" \(expected a time of day in quotes/,
    ],
    [
      "a word that is none",
      "staging: always",
      "staging: sometimes",
      /staging: found "sometimes" \(expected the word always, or the days and hours/,
    ],
    [
      "an environment that is none",
      "  staging: always\n",
      "  staging: always\n  stage: always\n",
      /:8:3: unknown property "stage"/,
    ],
    ["an environment without hours", "  staging: always\n", "", /"staging" is missing/],
    [
      "a day that is none",
      "notOn: [day-off, eve-of-day-off] }\n  dr",
      "notOn: [sunday] }\n  dr",
      /:8:\d+: notOn: found "sunday" \(expected one of day-off, eve-of-day-off/,
    ],
  ]);
});
