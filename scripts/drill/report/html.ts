// A drill report as one self-contained HTML page: no script, nothing fetched. Knows how it looks, never whether it is good.

import type { Check } from "../../core/evidence";
import { shanghai } from "../../core/instant";
import { formatDelta, formatSeconds } from "../../core/text/format";
import { constant, type Markup, markup, type Part } from "../../core/text/markup";
import { SIGNS } from "../../core/text/signs";
import { STYLE } from "../../core/text/style";
import { compare } from "./compare";
import { type Judgement, judge, verdictOf, within, worst } from "./judge";
import { WORDS } from "./languages";
import type { DrillReport, Scenario } from "./model";
import { renderTimeline } from "./timeline";
import { trendSvg } from "./trend";
import { type Language, sentence, type Words } from "./words";

/** Reasons shown at the top; the rest is counted, and every check is in its table. */
const REASONS_SHOWN = 8;
const UNHAPPY = ["fail", "inconclusive", "not-applicable"] as const;

export function renderHtml(report: DrillReport, options: { lang: Language }): string {
  const words = WORDS[options.lang];
  const judgement = judge(report);
  const verdict = words.verdicts[judgement.verdict];
  const page = markup`<html lang="${words.tag}">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${SIGNS[judgement.verdict]} ${verdict} · ${words.report} · ${words.place(report.environment)}</title>
<style>${constant(STYLE)}</style>
</head>
<body>
<main>
${report.environment === "sandbox" ? markup`<p class="sandbox">${words.sandbox}</p>` : undefined}
<header>
<h1>${words.report}</h1>
<p class="subtitle">${words.asks ? `${words.place(report.environment)} · ${report.platform}` : report.title}</p>
</header>
${banner(judgement, words)}
${figures(report, judgement, words)}
<section>
${facts(about(report, words))}
</section>
<section id="timeline">
<h2>${words.timeline}</h2>
<figure>
${renderTimeline(report, words)}
<figcaption>${words.timelineCaption}</figcaption>
</figure>
</section>
${report.scenarios.map((scenario) => scenarioSection(scenario, report, words))}
<section id="isolation">
<h2>${words.isolation}</h2>
${report.isolation.length === 0 ? markup`<p class="inconclusive"><span class="sign">?</span> ${words.isolationNone}</p>` : checks(report.isolation, words)}
</section>
<section id="comparison">
<h2>${words.comparison}</h2>
${comparison(report, words)}
</section>
${history(report, words)}
<section id="evidence">
<h2>${words.evidence}</h2>
${evidence(report, words)}
</section>
${appendix(report, words)}
</main>
</body>
</html>
`;
  return `<!DOCTYPE html>\n${page.text}`;
}

function banner(judgement: Judgement, words: Words): Markup {
  const { verdict, reasons } = judgement;
  const hidden = reasons.length - REASONS_SHOWN;
  const items = reasons.slice(0, REASONS_SHOWN).map(
    (
      reason,
    ) => markup`<li class="${reason.verdict}"><span class="sign">${SIGNS[reason.verdict]}</span>${sentence(words, reason)}</li>
`,
  );
  return markup`<section id="verdict" class="verdict ${verdict}">
<p class="badge"><span class="sign">${SIGNS[verdict]}</span> ${words.verdicts[verdict]}</p>
<p>${words.statements[verdict]}</p>
${items.length === 0 ? undefined : markup`<ul>${items}${hidden > 0 ? markup`<li>… +${hidden}</li>` : undefined}</ul>`}
</section>`;
}

function figures(report: DrillReport, judgement: Judgement, words: Words): Markup {
  const rto = worst(report.scenarios.map((scenario) => scenario.rtoSeconds));
  const rpo = worst(report.scenarios.map((scenario) => scenario.rpoSeconds));
  const { predictedRtoSeconds } = report;
  const duration = (seconds: number | undefined): string =>
    seconds === undefined ? words.notMeasured : formatSeconds(seconds, words.units);
  const against = (seconds: number | undefined, promised: string, target: number): Markup => {
    const met = within(seconds, target);
    const tone = met === undefined ? "inconclusive" : met ? "pass" : "fail";
    const judged = met === undefined ? undefined : ` · ${met ? words.within : words.missed}`;
    return markup`<dd class="value ${tone}">${duration(seconds)}</dd>
<dd class="note">${promised} ${formatSeconds(target, words.units)}${judged}</dd>`;
  };
  const predicted = markup`<dd class="value">${predictedRtoSeconds === undefined ? words.none : duration(predictedRtoSeconds)}</dd>
<dd class="note">${words.measured} ${duration(rto)}</dd>`;
  const { pass, ...others } = judgement.tally;
  const rest = UNHAPPY.filter((verdict) => others[verdict] > 0).map((verdict) =>
    words.tally(verdict, others[verdict]),
  );
  const counted = pass + others.fail + others.inconclusive;
  const tone = pass > 0 && pass === counted ? "pass" : others.fail > 0 ? "fail" : "inconclusive";
  const checked = markup`<dd class="value ${tone}">${pass} / ${counted}</dd>
<dd class="note">${rest.length === 0 ? words.allPassed : rest.join(" · ")}</dd>`;
  const cells: [string, Markup][] = [
    [words.rtoLong, against(rto, words.rtoPromised, report.targets.rtoSeconds)],
    [words.rpoLong, against(rpo, words.rpoPromised, report.targets.rpoSeconds)],
    [words.predictedRto, predicted],
    [words.checks, checked],
  ];
  return markup`<dl class="figures">
${cells.map(([name, body]) => markup`<div><dt>${name}</dt>${body}</div>\n`)}</dl>`;
}

type Fact = [name: string, value: Part];

function facts(list: readonly Fact[]): Markup {
  return markup`<dl class="facts">
${list.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

function about(report: DrillReport, words: Words): Fact[] {
  const seconds = (report.finished.getTime() - report.started.getTime()) / 1000;
  return [
    [words.drill, markup`<code>${report.id}</code>`],
    ...report.clauses.map((clause): Fact => [`${words.clause} ${clause.id}`, words.clauseText(clause)]),
    [words.environment, `${words.place(report.environment)} · ${report.platform}`],
    ...(words.asks
      ? [[words.platformSaid, markup`<span lang="en">${report.title}</span>`] satisfies Fact]
      : []),
    [words.started, instant(report.started, words)],
    [words.took, formatSeconds(seconds, words.units)],
    [words.actor, report.actor],
    [
      words.commit,
      report.gitCommit === undefined ? words.none : markup`<code>${words.committed(report.gitCommit)}</code>`,
    ],
  ];
}

/** Both zones: people read the local one, logs of the engines hold the other. */
function instant(at: Date, words: Words): Markup {
  return markup`${shanghai(at)} ${words.shanghai} <span class="quiet utc">(${at.toISOString()})</span>`;
}

function scenarioSection(scenario: Scenario, report: DrillReport, words: Words): Markup {
  const verdict = verdictOf(scenario, report);
  const number = (seconds: number | undefined): string =>
    seconds === undefined ? words.notMeasured : formatSeconds(seconds, words.units);
  return markup`<section>
<h2><span class="chip ${verdict}">${SIGNS[verdict]} ${words.verdicts[verdict]}</span>${words.scenario} ${scenario.id} · ${words.targets[scenario.target.kind]}</h2>
<p class="quiet">${words.simulated(scenario.name)}</p>
${facts([
  [words.restoredTo, restoredTo(scenario, words)],
  [words.backup, scenario.backup === undefined ? words.none : markup`<code>${scenario.backup}</code>`],
  [words.rto, number(scenario.rtoSeconds)],
  [words.rpo, number(scenario.rpoSeconds)],
])}
<h3>${words.phases}</h3>
${phases(scenario, words)}
<h3>${words.checks}</h3>
${scenario.checks.length === 0 ? markup`<p class="inconclusive"><span class="sign">?</span> ${words.noChecks}</p>` : checks(scenario.checks, words)}
</section>
`;
}

function restoredTo({ target }: Scenario, words: Words): Markup {
  if (target.kind === "latest") return markup`${words.targets.latest}`;
  if (target.kind === "time") return instant(target.at, words);
  return markup`<code>${target.name}</code> · ${instant(target.at, words)} · LSN <code>${target.lsn}</code>`;
}

function phases(scenario: Scenario, words: Words): Markup {
  if (scenario.phases.length === 0) return markup`<p class="quiet">${words.noPhases}</p>`;
  const rows = scenario.phases.map(
    (
      phase,
    ) => markup`<tr${phase.recovery ? undefined : constant(' class="quiet"')}><td class="name">${words.name(phase.name)}</td><td class="number">${formatSeconds(phase.startSeconds, words.units)}</td><td class="number">${formatSeconds(phase.seconds, words.units)}</td></tr>
`,
  );
  return markup`<table class="phases"><thead><tr><th>${words.phase}</th><th class="number">${words.startedAt}</th><th class="number">${words.duration}</th></tr></thead>
<tbody>
${rows}</tbody></table>`;
}

function checks(list: readonly Check[], words: Words): Markup {
  const rows = list.map((check) => {
    const name = words.name(check.name);
    const took = check.seconds === undefined ? "" : formatSeconds(check.seconds, words.units);
    // The verdict in words where the machine's own sentence is left to the appendix.
    const said = words.asks ? `${words.asks(check.name)}：${words.verdicts[check.verdict]}` : check.detail;
    return markup`<tr class="${check.verdict}"><td class="mark"><span class="sign" title="${words.verdicts[check.verdict]}">${SIGNS[check.verdict]}</span></td><td class="name">${name}</td><td class="detail">${said}</td><td class="number">${took}</td></tr>
`;
  });
  return markup`<table class="checks"><thead><tr><th></th><th>${words.check}</th><th>${words.found}</th><th class="number">${words.duration}</th></tr></thead>
<tbody>
${rows}</tbody></table>`;
}

/** What the checks wrote themselves, apart from what people read. */
function appendix(report: DrillReport, words: Words): Markup | undefined {
  if (words.asks === undefined) return undefined;
  const { title, note, check: head, text } = words.appendix;
  const all = [
    ...report.scenarios.flatMap(({ id, checks: own }) =>
      own.map((check) => ({ name: `${id}: ${check.name}`, check })),
    ),
    ...report.isolation.map((check) => ({ name: check.name, check })),
  ];
  const rows = all.map(
    ({ name, check }) =>
      markup`<tr class="${check.verdict}"><td class="mark"><span class="sign">${SIGNS[check.verdict]}</span></td><td class="name"><code>${name}</code></td><td class="detail" lang="en">${check.detail}</td></tr>
`,
  );
  return markup`<section id="appendix">
<h2>${title}</h2>
<p class="quiet">${note}</p>
<table class="checks"><thead><tr><th></th><th>${head}</th><th>${text}</th></tr></thead>
<tbody>
${rows}</tbody></table>
</section>`;
}

function comparison(report: DrillReport, words: Words): Markup {
  if (!report.previous) return markup`<p class="quiet">${words.noPrevious}</p>`;
  const number = (seconds: number | undefined): string =>
    seconds === undefined ? "–" : formatSeconds(seconds, words.units);
  const rows = compare(report).map(
    (
      change,
    ) => markup`<tr><td>${change.scenario}</td><td class="name">${words.name(change.name)}</td><td class="number">${number(change.before)}</td><td class="number">${number(change.now)}</td><td class="number ${change.mark}">${change.delta === undefined ? "" : formatDelta(change.delta, words.units)}${change.mark ? ` ${words.marks[change.mark]}` : ""}</td></tr>
`,
  );
  return markup`<p class="quiet">${words.comparedWith} ${instant(report.previous.started, words)}</p>
<table class="comparison"><thead><tr><th>${words.scenario}</th><th>${words.phase}</th><th class="number">${words.before}</th><th class="number">${words.now}</th><th class="number">${words.change}</th></tr></thead>
<tbody>
${rows}</tbody></table>`;
}

/** A drill of its own has no history: a single point is no trend. */
function history({ history = [] }: DrillReport, words: Words): Markup | undefined {
  const shown = history.filter(
    ({ points }) => points.filter(({ value }) => Number.isFinite(value)).length > 1,
  );
  if (shown.length === 0) return undefined;
  const plots = shown.map(({ scenario, name, points, targetSeconds }) => {
    // A promise far above everything measured would press the line flat.
    const most = Math.max(...points.map(({ value }) => value).filter(Number.isFinite));
    const near = targetSeconds !== undefined && targetSeconds <= 3 * most;
    const title = `${words.scenario} ${scenario} · ${words.name(name)}`;
    const series = {
      title,
      unit: "s",
      points,
      words: { units: words.units, target: words.target, zone: words.shanghai },
      ...(near ? { target: targetSeconds } : {}),
    };
    return markup`<figure>${constant(trendSvg(series))}</figure>
`;
  });
  return markup`<section id="history">
<h2>${words.history}</h2>
<p class="quiet">${words.historyCaption}</p>
${plots}</section>`;
}

function evidence(report: DrillReport, words: Words): Markup {
  const tools = Object.entries(report.tools).map(([name, version]) => `${name} ${version}`);
  const signed: Fact[] = report.evidence
    ? [
        [words.file, markup`<code>${report.evidence.file}</code>`],
        [words.digest, markup`<code>${report.evidence.sha256}</code>`],
      ]
    : [];
  const note = report.evidence
    ? markup`<p class="quiet">${words.evidenceHow} <code>ops evidence verify --env ${report.environment}</code></p>`
    : markup`<p class="quiet">${words.evidenceNone}</p>`;
  return markup`${note}
${facts([...signed, [words.tools, tools.length === 0 ? words.none : tools.join(" · ")]])}`;
}
