// The service rules held against this repository's own files, as their loaders read them: what is declared here keeps them.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { isFile } from "../../../policies/engine/declaration";
import { evaluate, worldOf } from "../../../policies/engine/evaluate";
import { loadRules } from "../../../policies/engine/rules";
import type { Subject } from "../../../policies/engine/subject";
import type { PlannedValue } from "../../../policies/engine/value";
import { readWaivers, WAIVERS_FILE } from "../../../policies/engine/waivers";
import { loadIntegrations, loadPlatform } from "../../../policies/service/load";
import { loadProbes } from "../../../policies/service/probes";
import { loadRoster } from "../../../policies/service/roster";
import { ROOT, read } from "../repository";

const subject = (type: string, name: string, properties: unknown): Subject => ({
  surface: "service",
  type,
  id: `${type}/${name}`,
  name,
  environment: "",
  properties: properties as Record<string, PlannedValue>,
  references: () => [],
  at: () => undefined,
});

const runbookOf = (text: string) => ({
  sections: [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]),
  "review-due": /Review by: (\S+)/.exec(text)?.[1],
});

const runbooks = ["alerts", "procedures"].flatMap((kind) =>
  readdirSync(join(ROOT, "runbooks", kind)).map((file) => `runbooks/${kind}/${file}`),
);

const SUBJECTS: readonly Subject[] = [
  subject("roster", "roster", loadRoster(ROOT)),
  subject("probe-catalogue", "probes", loadProbes(ROOT)),
  ...loadIntegrations(ROOT).map((each) => subject("integration", each.name, each)),
  ...loadContract(ROOT).clauses.map((each) => subject("clause", each.id, each)),
  ...runbooks.map((file) => subject("runbook", file, runbookOf(read(file)))),
  subject(
    "platform",
    "sandbox",
    loadPlatform(ROOT, "sandbox", { sandbox: "/s", socket: "/t", copies: "/c" }),
  ),
];

const failures = async (today: Date): Promise<string[]> => {
  const rules = (await loadRules()).filter(({ applies }) => applies[0]?.surface === "service");
  const world = worldOf(SUBJECTS, { today, hasFile: (path) => isFile(ROOT, path) });
  return evaluate(SUBJECTS, rules, world)
    .filter(({ verdict }) => verdict === "fail")
    .map((each) => `${each.rule.id} ${each.subject.name}: ${each.findings[0]?.message}`);
};

describe("what this repository declares of the service", () => {
  it("keeps the service rules today", async () => {
    const found = await failures(new Date("2026-11-25T12:00:00Z"));
    // Example people and hosts, each with a waiver that ends.
    const waived = readWaivers(read(WAIVERS_FILE)).waivers.map(
      ({ rule, subject: of }) => `${rule} ${basename(of, ".yaml")}:`,
    );
    expect(found.filter((line) => !waived.some((waiver) => line.startsWith(waiver)))).toEqual([]);
  });

  it("does not for ever: a year later credentials and review dates have passed", async () => {
    const later = await failures(new Date("2028-01-15T00:00:00Z"));
    expect(later.filter((line) => line.startsWith("runbook-reviewed")).length).toBeGreaterThan(10);
    expect(later.some((line) => line.startsWith("integration-credential-not-expiring payment"))).toBe(true);
  });
});
