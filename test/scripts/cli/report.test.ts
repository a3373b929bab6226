// The page of one run: what is wrong stands first, data never becomes markup, and nothing looks better than it was.
import { expect, it } from "vitest";
import { type RunReport, renderRunReport } from "../../../scripts/cli/report";
import { NO_PLATFORM } from "../../../scripts/core/tools";
import { elementsOf } from "../core/text/wellformed";

const at = (time: string): Date => new Date(`2026-11-23T${time}Z`);
const REPORT: RunReport = {
  job: "verify",
  command: "ops verify --scrub 1/30",
  verdict: "fail",
  environment: "prod",
  platform: "prod",
  started: at("21:00:00"),
  finished: at("21:03:20"),
  actor: "cron",
  clauses: [{ id: "DR-RESTORE", obligation: "System restored in time" }],
  checks: [
    { name: "restore", verdict: "pass", detail: "restored", seconds: 3 },
    { name: "isolation-no-way-out", verdict: "pass", detail: "no route" },
    {
      name: "isolation-sms",
      verdict: "inconclusive",
      detail: "out of reach outside too",
      coveredBy: "isolation-no-way-out",
    },
    { name: "content", verdict: "fail", detail: "3 rows <b>differ</b> & more" },
  ],
  measurements: [{ name: "rto", value: 4.2, unit: "s", target: 3600 }],
  told: undefined,
};

it("tells failures first, then what could not be told, and what covers it", () => {
  const page = renderRunReport(REPORT);
  const order = ["content", "isolation-sms", "restore"].map((name) =>
    page.indexOf(`<td class="name">${name}</td>`),
  );
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(page).toContain("(covered by isolation-no-way-out)");
  expect(page).toContain('class="verdict fail"');
});

it("names environment, platform, clause, command, measured and promised", () => {
  const page = renderRunReport(REPORT);
  for (const text of [
    "environment prod, platform prod",
    "DR-RESTORE: System restored in time",
    "ops verify --scrub 1/30",
    "4.2 s",
    "1 h",
    "Promised",
  ])
    expect(page).toContain(text);
  expect(renderRunReport({ ...REPORT, platform: NO_PLATFORM })).toContain("no platform of its own");
});

it("says first that it is a sandbox, and only then", () => {
  const page = renderRunReport({ ...REPORT, environment: "sandbox" });
  expect(page.indexOf("Sandbox: ")).toBeGreaterThan(0);
  expect(page.indexOf("Sandbox: ")).toBeLessThan(page.indexOf("<h1>"));
  expect(renderRunReport(REPORT)).not.toContain("Sandbox: ");
});

it("is one well-formed page for A4 that fetches nothing, whatever the data says", () => {
  const page = renderRunReport({ ...REPORT, told: "a | b\n<script>alert(1)</script>" });
  expect(elementsOf(page)).toContain("pre");
  expect(page).not.toMatch(/<script|<link|<img|url\(|@import|\ssrc=|<b>differ/);
  expect(page).toContain("size: A4");
});
