// The timeline picture: phases of every scenario on one axis of elapsed time, as inline SVG. Horizontal places are
// percentages, so the picture fits any width while its text keeps its size; colours are the page's.
import { shanghai } from "../../core/instant";
import { timeTicks } from "../../core/text/axis";
import { formatSeconds } from "../../core/text/format";
import { type Markup, markup } from "../../core/text/markup";
import { SIGNS } from "../../core/text/signs";
import { judge, verdictOf } from "./judge";
import type { DrillReport, Phase, Scenario } from "./model";
import type { Words } from "./words";

/** Heights in pixels. */
const HEAD = 42;
const ROW = 32;
const GAP = 24;
const AXIS = 30;
const BAR = 7;
/** A target this little beyond the last phase still deserves to be on the picture. */
const REACH = 1.3;

interface Scale {
  span: number;
  words: Words;
  percent(seconds: number): string;
}

/** The SVG element, or a sentence when no phase was recorded. */
export function renderTimeline(report: DrillReport, words: Words): Markup {
  const { scenarios } = report;
  if (scenarios.every((scenario) => scenario.phases.length === 0)) {
    return markup`<p class="quiet">${words.noPhases}</p>`;
  }
  const targetSeconds = report.targets.rtoSeconds;
  const scale = scaleOf(scenarios, targetSeconds, words);
  const beyond = scenarios.every((scenario) => placeOfTarget(scenario, targetSeconds) > scale.span);
  const tops: number[] = [];
  let bottom = 0;
  for (const scenario of scenarios) {
    tops.push(bottom);
    bottom += heightOf(scenario) + GAP;
  }
  const label = `${words.timeline}: ${words.verdicts[judge(report).verdict]}`;
  return markup`<svg class="timeline" role="img" width="100%" height="${bottom + AXIS}" aria-label="${label}">
${grid(scale, bottom)}
${beyond ? targetBeyond(targetSeconds, scale, bottom) : undefined}
${scenarios.map((scenario, index) => panel(scenario, report, tops[index] ?? 0, scale))}
</svg>`;
}

function heightOf(scenario: Scenario): number {
  return HEAD + scenario.phases.length * ROW;
}

function scaleOf(scenarios: readonly Scenario[], target: number, words: Words): Scale {
  const ends = scenarios.flatMap((scenario) => scenario.phases.map(endOf));
  const last = Math.max(0.001, ...ends.filter(Number.isFinite));
  const targets = scenarios.map((scenario) => placeOfTarget(scenario, target));
  const span = Math.max(
    last,
    ...targets.filter((place) => place <= last * REACH).map((place) => place * 1.02),
  );
  const percent = (seconds: number): string =>
    `${Math.min(100, Math.max(0, (100 * seconds) / span || 0)).toFixed(2)}%`;
  return { span, words, percent };
}

function endOf(phase: Phase): number {
  return phase.startSeconds + phase.seconds;
}

/** When the copy accepted writes: at the end of the last phase that counts. */
function readyAt(scenario: Scenario): number | undefined {
  const ends = scenario.phases.filter((phase) => phase.recovery).map(endOf);
  return scenario.rtoSeconds === undefined || ends.length === 0 ? undefined : Math.max(...ends);
}

/**
 * Where the promised RTO is used up. Phases that do not count take time on the axis but not from the promise, so it is
 * not simply at `target` seconds; past the last phase that counts, recovery is imagined to go on.
 */
export function placeOfTarget(scenario: Scenario, target: number): number {
  let left = target;
  let place = 0;
  for (const phase of scenario.phases.filter((candidate) => candidate.recovery)) {
    place = phase.startSeconds + Math.min(left, phase.seconds);
    left -= phase.seconds;
    if (left <= 0) return place;
  }
  return place + left;
}

function grid(scale: Scale, bottom: number): Markup[] {
  return timeTicks(scale.span).map((seconds) => {
    const x = scale.percent(seconds);
    const share = seconds / scale.span;
    const anchor = share < 0.04 ? "start" : share > 0.94 ? "end" : "middle";
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="${HEAD}" y2="${bottom - GAP + 6}"/>
<text class="tick" x="${x}" y="${bottom + 4}" text-anchor="${anchor}">${formatSeconds(seconds, scale.words.units)}</text>
`;
  });
}

function panel(scenario: Scenario, report: DrillReport, top: number, scale: Scale): Markup {
  const { words } = scale;
  const verdict = verdictOf(scenario, report);
  const end = Math.max(0, ...scenario.phases.map(endOf));
  const clock =
    end === 0 ? timeOfDay(scenario, 0) : `${timeOfDay(scenario, 0)} – ${timeOfDay(scenario, end)}`;
  const none = markup`<text class="none" x="0" y="${top + 40}">${words.noPhases}</text>`;
  return markup`<g>
<text class="panel ${verdict}" x="0" y="${top + 14}">${SIGNS[verdict]} ${words.scenario} ${scenario.id}</text>
<text class="clock" x="100%" y="${top + 14}" text-anchor="end">${clock}</text>
<line class="head" x1="0" x2="100%" y1="${top + 22}" y2="${top + 22}"/>
${target(scenario, report.targets.rtoSeconds, top, scale)}
${ready(scenario, top, scale)}
${scenario.phases.length === 0 ? none : scenario.phases.map((phase, index) => bar(phase, scenario, top + HEAD + index * ROW, scale))}
</g>
`;
}

/** Where the copy accepted writes, with the RTO measured. */
function ready(scenario: Scenario, top: number, scale: Scale): Markup | undefined {
  const at = readyAt(scenario);
  if (at === undefined) return undefined;
  const x = scale.percent(at);
  const label = `${scale.words.rto} ${formatSeconds(scenario.rtoSeconds ?? Number.NaN, scale.words.units)}`;
  return markup`<line class="rto" x1="${x}" x2="${x}" y1="${top + 26}" y2="${top + heightOf(scenario)}"/>
${besideLine(at, top + 37, "rto-label", label, scale)}`;
}

/** Where the promised RTO is used up, when that is on the picture. */
function target(scenario: Scenario, seconds: number, top: number, scale: Scale): Markup | undefined {
  const at = placeOfTarget(scenario, seconds);
  if (scenario.phases.length === 0 || at > scale.span) return undefined;
  const x = scale.percent(at);
  const bottom = top + heightOf(scenario);
  const label = `${scale.words.rtoPromised} ${formatSeconds(seconds, scale.words.units)}`;
  return markup`<line class="target" x1="${x}" x2="${x}" y1="${top + 26}" y2="${bottom + 4}"/>
${besideLine(at, bottom + 14, "target-label", label, scale)}`;
}

function targetBeyond(seconds: number, { words }: Scale, bottom: number): Markup {
  const text = words.beyond(formatSeconds(seconds, words.units));
  return markup`<text class="target-label beyond" x="100%" y="${bottom + 22}" text-anchor="end">${text} →</text>`;
}

/** A label that stays inside the picture: right of its line in the left part, left of it in the right part. */
function besideLine(seconds: number, y: number, style: string, label: string, scale: Scale): Markup {
  const flipped = seconds / scale.span > 0.6;
  return markup`<text class="${style}" x="${scale.percent(seconds)}" dx="${flipped ? -5 : 5}" y="${y}" text-anchor="${flipped ? "end" : "start"}">${label}</text>`;
}

function bar(phase: Phase, scenario: Scenario, top: number, scale: Scale): Markup {
  const { words } = scale;
  const end = endOf(phase);
  // A label leans away from the RTO's line where there is room, and never out of the picture.
  const share = phase.startSeconds / scale.span;
  const untilReady = (readyAt(scenario) ?? Number.NaN) - phase.startSeconds;
  const atLine = untilReady > 0 && untilReady < 0.15 * scale.span;
  const flipped = share > 0.5 || (share > 0.3 && atLine);
  const style = phase.recovery ? "bar" : "bar proof";
  const x = scale.percent(phase.startSeconds);
  const took = formatSeconds(phase.seconds, words.units);
  const clock = `${timeOfDay(scenario, phase.startSeconds)} – ${timeOfDay(scenario, end)} ${words.shanghai}`;
  return markup`<g><title>${words.name(phase.name)}, ${took}, ${clock}</title>
<rect class="${style}" x="${x}" y="${top + 18}" width="${scale.percent(Math.min(phase.seconds, scale.span - phase.startSeconds))}" height="${BAR}"/>
<rect class="${style}" x="${x}" y="${top + 18}" width="2" height="${BAR}"/>
<text class="label" x="${flipped ? scale.percent(end) : x}" y="${top + 13}" text-anchor="${flipped ? "end" : "start"}">${words.name(phase.name)}<tspan class="took" dx="7">${took}</tspan></text></g>
`;
}

function timeOfDay(scenario: Scenario, seconds: number): string {
  const instant = new Date(scenario.started.getTime() + seconds * 1000);
  const sameDay = shanghai(instant).slice(0, 10) === shanghai(scenario.started).slice(0, 10);
  return sameDay ? shanghai(instant).slice(11) : shanghai(instant).slice(5, 19);
}
