import { describe, expect, it } from "vitest";
import { renderTable } from "../../../scripts/core/table";
import { columnsOf } from "../../../scripts/core/text/text";

describe("a table", () => {
  it("keeps its columns straight with Chinese text and wraps what is too long", () => {
    const table = renderTable({
      head: ["Clause", "原文", "Why"],
      rows: [
        ["DR-BACKUP", "系统数据每日凌晨自动备份", "backup passed 3 h 12 min ago; due every 26 h"],
        ["SLA-P1", "1小时", { text: "no proof declared", tone: "dim" }],
        ["X", "", "sha256:0123456789abcdef0123456789abcdef"],
      ],
      color: false,
      maxWidths: [0, 14, 24],
    });
    expect(table.split("\n")).toEqual([
      "┌───────────┬────────────────┬──────────────────────────┐",
      "│ Clause    │ 原文           │ Why                      │",
      "├───────────┼────────────────┼──────────────────────────┤",
      "│ DR-BACKUP │ 系统数据每日凌 │ backup passed 3 h 12 min │",
      "│           │ 晨自动备份     │ ago; due every 26 h      │",
      "│ SLA-P1    │ 1小时          │ no proof declared        │",
      "│ X         │                │ sha256:0123456789abcdef0 │",
      "│           │                │ 123456789abcdef          │",
      "└───────────┴────────────────┴──────────────────────────┘",
    ]);
    expect(new Set(table.split("\n").map(columnsOf)).size).toBe(1);
  });

  it("has no escape sequences without colour, and the same text with it", () => {
    const draw = (color: boolean) =>
      renderTable({ head: ["a"], rows: [[{ text: "failing", tone: "bad" }]], color });
    const ESC = String.fromCharCode(27);
    expect(draw(false)).not.toContain(ESC);
    expect(draw(true)).toContain(`${ESC}[31mfailing`);
    expect(draw(true).replaceAll(new RegExp(`${ESC}\\[\\d+m`, "g"), "")).toBe(draw(false));
  });
});
