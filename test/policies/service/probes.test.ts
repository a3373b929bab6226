// The probe catalogue: what its loader refuses, and that the figures come from the contract.
import { describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { loadProbes, thresholdOf } from "../../../policies/service/probes";
import { problemsOf, ROOT, read, repository } from "../repository";

const FILE = "policies/service/probes.yaml";

describe("the probe catalogue", () => {
  const catalogue = loadProbes(ROOT);
  const contract = loadContract(ROOT);
  const of = (name: string) => {
    const operation = catalogue.operations.find((each) => each.name === name);
    return operation && thresholdOf(catalogue, contract, operation);
  };

  it("takes its figures from the contract", () => {
    expect(of("site-save-note")).toEqual({ clause: "PERF-INTERACT", average: 2, peak: 4 });
    expect(of("site-course-page")).toEqual({ clause: "PERF-SIMPLE", average: 3 });
    expect(of("site-study-statistics")).toEqual({ clause: "PERF-COMPLEX", average: 5 });
  });

  it.each([
    [
      "an unknown surface",
      "surface: pc-site\n    class: simple",
      "surface: pc-sit\n    class: simple",
      'did you mean "pc-site"?',
    ],
    ["an unknown class", "class: complex", "class: complicated", 'unknown class "complicated"'],
    [
      "a clause without response times",
      "clause: PERF-SIMPLE",
      "clause: DR-BACKUP",
      "clause DR-BACKUP has no average-max",
    ],
    [
      "a probe that writes and does not say why it may",
      "    writes: replaces the one note of the probe's own learner\n",
      "",
      "site-save-note changes something",
    ],
    ["a credential", "kms:probe-learner-password", "hunter2", "never the credential itself"],
    ["plain http", "prod: https://learn", "prod: http://learn", "https://host[:port] without a path"],
    [
      "two operations of one name",
      "name: site-course-page",
      "name: site-save-note",
      "site-save-note stands twice",
    ],
  ])("refuses %s", (_, before, after, message) => {
    const text = read(FILE);
    expect(text).toContain(before);
    const root = repository({ [FILE]: text.replace(before, after) });
    expect(problemsOf(() => loadProbes(root)).join("\n")).toContain(message);
  });
});
