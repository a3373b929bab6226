import { expect, it } from "vitest";
import { renderMeasurements, renderResultMarkdown } from "../../../scripts/cli/outcome";

const measurements = [
  { name: "rto", value: 4.2, unit: "s", target: 3600 },
  { name: "database-size", value: 1024 ** 2, unit: "B" },
  { name: "phase: restore", value: 3, unit: "s" },
];

it("tells measurements with what was promised, and leaves phases to the progress display", () => {
  const text = renderMeasurements(measurements);
  expect(text).toContain("4.2 s  (promised 1 h)");
  expect(text).toMatch(/1(\.0+)? MiB/);
  expect(text).not.toContain("phase");
});

it("keeps hostile text inside its cell of a step summary", () => {
  const checks = [
    { name: "content", verdict: "fail" as const, detail: "a | b\n<script>alert(1)</script> `x`" },
  ];
  const text = renderResultMarkdown({ job: "verify", verdict: "fail", checks, measurements });
  expect(text).toContain("ops verify: fail");
  expect(text).not.toContain("<script>");
  expect(text.split("\n").find((line) => line.includes("content"))).not.toContain("a | b");
});
