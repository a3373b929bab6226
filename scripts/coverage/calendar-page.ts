// The calendar of promised dates for terminals and for Markdown: weeks as rows, one sign a day. Judges nothing.

import { showInstant } from "../core/instant";
import { paint, renderTable, type Tone } from "../core/table";
import { formatSeconds, formatShare } from "../core/text/format";
import type { Day, DayState } from "./calendar";
import type { Gap, Reason } from "./coverage";

/** One sign a state, so that colour is never the only difference; none takes two columns on a Chinese terminal. */
const SIGNS: Readonly<Record<DayState, { sign: string; tone: Tone; meaning: string }>> = {
  exercised: { sign: "✓", tone: "good", meaning: "restorable, and restored and verified at some instant" },
  restorable: { sign: "+", tone: "good", meaning: "restorable at every promised instant" },
  partial: { sign: "~", tone: "warn", meaning: "restorable in part" },
  gap: { sign: "✗", tone: "bad", meaning: "not restorable" },
  before: { sign: ".", tone: "dim", meaning: "before the first backup" },
  open: { sign: "?", tone: "dim", meaning: "its WAL may still be on its way" },
};

const WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** Rows of seven days; days outside the window are undefined. */
export function weeksOf(days: readonly Day[]): { month: string; weeks: (Day | undefined)[][] }[] {
  const months: { month: string; weeks: (Day | undefined)[][] }[] = [];
  for (const day of days) {
    const name = day.date.slice(0, 7);
    if (months.at(-1)?.month !== name) months.push({ month: name, weeks: [] });
    const { weeks } = months.at(-1)!;
    if (weeks.length === 0 || day.weekday === 1) weeks.push(Array.from({ length: 7 }, () => undefined));
    weeks.at(-1)![day.weekday - 1] = day;
  }
  return months;
}

export function terminalCalendar(days: readonly Day[], color: boolean): string {
  const cell = (day: Day | undefined): string => {
    if (!day) return "     ";
    const { sign, tone } = SIGNS[day.state];
    return `${day.date.slice(8)} ${paint({ text: sign, tone }, color)} `;
  };
  const months = weeksOf(days).map(({ month, weeks }) =>
    [month, WEEK.join("  "), ...weeks.map((week) => week.map(cell).join("").trimEnd())].join("\n"),
  );
  return [...months, legend(days, color)].join("\n\n");
}

/** Only the signs that occur. */
function legend(days: readonly Day[], color: boolean): string {
  return Object.entries(SIGNS)
    .map(([state, { sign, tone, meaning }]) => {
      const count = days.filter((day) => day.state === state).length;
      const text = `${paint({ text: sign, tone }, color)} ${count} ${count === 1 ? "day" : "days"} ${meaning}`;
      return { count, text };
    })
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join("\n");
}

const SENTENCES: { readonly [K in Reason["kind"]]: (reason: Extract<Reason, { kind: K }>) => string } = {
  "no-backup": () => "there is no backup at all",
  younger: ({ label }) => `before the end of the first backup ever taken, ${label}`,
  expired: ({ label, oldest }) =>
    `backup ${label} was taken but is no longer in the repository; the oldest there is ${oldest}`,
  "bad-backup": ({ label, why }) => `backup ${label} cannot be relied on: ${why}`,
  "wal-missing": ({ label, from, to, count }) =>
    `WAL after ${label} is missing: ${count === 1 ? from : `${count} segments, ${from} … ${to}`}; until the next sound backup nothing can be reached`,
  "not-archived": ({ after }) => `no commit after segment ${after} has reached the repository`,
  timeline: ({ parent, child, lsn }) =>
    `timeline ${parent} was left for ${child} at ${lsn}: what it committed afterwards is not on timeline ${child}`,
};

export function sentenceOf<K extends Reason["kind"]>(reason: Extract<Reason, { kind: K }>): string {
  const kind: K = reason.kind;
  return SENTENCES[kind](reason);
}

function gapCells({ from, to, reason }: Gap): string[] {
  return [
    showInstant(new Date(from)).slice(0, 19),
    showInstant(new Date(to)).slice(0, 19),
    formatSeconds((to - from) / 1000),
    sentenceOf(reason),
  ];
}

const GAP_HEAD = ["Gap from (Asia/Shanghai)", "to", "Length", "Why"];

export function terminalGaps(gaps: readonly Gap[], color: boolean, width: number): string {
  if (gaps.length === 0) return "No gap.";
  const maxWidths = [0, 0, 0, Math.max(30, width - 70)];
  return renderTable({ head: GAP_HEAD, rows: gaps.map(gapCells), color, maxWidths });
}

export function markdownCalendar(days: readonly Day[], gaps: readonly Gap[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const cell = (day: Day | undefined): string =>
    day
      ? `${day.date.slice(8)} ${SIGNS[day.state].sign}${day.state === "partial" ? ` ${formatShare(day.share)}` : ""}`
      : "";
  const months = weeksOf(days).map(({ month, weeks }) =>
    [
      `### ${month}`,
      "",
      line(WEEK),
      line(WEEK.map(() => "---")),
      ...weeks.map((week) => line(week.map(cell))),
    ].join("\n"),
  );
  const list = gaps.map((gap) => line(gapCells(gap)));
  const table =
    list.length === 0 ? "No gap." : [line(GAP_HEAD), line(GAP_HEAD.map(() => "---")), ...list].join("\n");
  return [...months, legend(days, false).replaceAll("\n", "  \n"), table].join("\n\n");
}
