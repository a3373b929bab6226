// The report of one run as a page for people: what was found, in whole, where runbooks send those who were called. Pure; drills have
// a report of their own.
import { type Check, isCovered, type Measurement, type Verdict } from "../core/evidence";
import { shanghai } from "../core/instant";
import { formatSeconds } from "../core/text/format";
import { constant, lines, type Markup, markup } from "../core/text/markup";
import { SIGNS } from "../core/text/signs";
import { STYLE } from "../core/text/style";
import { NO_PLATFORM } from "../core/tools";
import { showMeasured } from "./outcome";

export interface RunReport {
  job: string;
  /** The command as it was run, without secrets. */
  command: string;
  verdict: Verdict;
  environment: string;
  platform: string;
  started: Date;
  finished: Date;
  actor: string;
  clauses: readonly { id: string; obligation: string }[];
  checks: readonly Check[];
  measurements: readonly Measurement[];
  /** What the job tells beyond checks and measurements, as Markdown. */
  told: string | undefined;
}

const STATEMENTS: Readonly<Record<Verdict, string>> = {
  pass: "Every check that applies passed.",
  fail: "At least one check failed; the reasons stand first below.",
  inconclusive: "The job could not tell. That is no pass: nothing below proves what was asked.",
};

/** Failures first: whoever opens it was called because of them. */
const ORDER = ["fail", "inconclusive", "pass", "not-applicable"] as const;

export function renderRunReport(report: RunReport): string {
  const { job, verdict, environment } = report;
  const page = markup`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${SIGNS[verdict]} ops ${job}: ${verdict} · ${environment}</title>
<style>${constant(STYLE)}</style>
</head>
<body>
<main>
${environment === "sandbox" ? markup`<p class="sandbox">Sandbox: a small platform on one machine. Nothing here proves anything of production.</p>` : undefined}
<header>
<h1>ops ${job}</h1>
<p class="subtitle">environment ${environment}, ${report.platform === NO_PLATFORM ? "no platform of its own" : `platform ${report.platform}`}</p>
</header>
<section id="verdict" class="verdict ${verdict}">
<p class="badge"><span class="sign">${SIGNS[verdict]}</span> ${verdict}</p>
<p>${STATEMENTS[verdict]}</p>
</section>
<section>
${facts(report)}
</section>
<section id="checks">
<h2>Checks</h2>
${checks(report.checks)}
</section>
${measurements(report.measurements)}
${report.told === undefined ? undefined : markup`<section id="told"><h2>In the job's own words</h2><pre>${lines(report.told.trim())}</pre></section>`}
</main>
</body>
</html>
`;
  return `<!DOCTYPE html>\n${page.text}`;
}

function facts({ command, started, finished, actor, clauses }: RunReport): Markup {
  const seconds = (finished.getTime() - started.getTime()) / 1000;
  return markup`<dl class="facts">
<dt>Command</dt><dd><code>${command}</code></dd>
<dt>Started</dt><dd>${shanghai(started)} Asia/Shanghai <span class="quiet utc">(${started.toISOString()})</span></dd>
<dt>Took</dt><dd>${formatSeconds(seconds)}</dd>
<dt>Run by</dt><dd>${actor}</dd>
${clauses.map(({ id, obligation }) => markup`<dt>Clause</dt><dd>${id}: ${obligation}</dd>\n`)}</dl>`;
}

function checks(all: readonly Check[]): Markup {
  if (all.length === 0) return markup`<p class="inconclusive">Nothing was checked.</p>`;
  const sorted = [...all].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const rows = sorted.map((check) => {
    const covered = isCovered(check, all) ? ` (covered by ${check.coveredBy})` : "";
    const took = check.seconds === undefined ? "" : formatSeconds(check.seconds);
    return markup`<tr class="${check.verdict}"><td class="mark"><span class="sign" title="${check.verdict}">${SIGNS[check.verdict]}</span></td><td class="name">${check.name}</td><td class="detail">${check.detail}${covered}</td><td class="number">${took}</td></tr>
`;
  });
  return markup`<table class="checks"><thead><tr><th></th><th>Check</th><th>What was found</th><th class="number">Took</th></tr></thead>
<tbody>
${rows}</tbody></table>`;
}

function measurements(all: readonly Measurement[]): Markup | undefined {
  if (all.length === 0) return undefined;
  const rows = all.map(
    ({ name, value, unit, target }) =>
      markup`<tr><td class="name">${name}</td><td class="number">${showMeasured(value, unit)}</td><td class="number">${target === undefined ? "" : showMeasured(target, unit)}</td></tr>
`,
  );
  return markup`<section id="measurements"><h2>Measured</h2>
<table class="phases"><thead><tr><th>What</th><th class="number">Measured</th><th class="number">Promised, at most</th></tr></thead>
<tbody>
${rows}</tbody></table></section>`;
}
