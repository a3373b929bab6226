// How one figure went over many runs: a sparkline for terminals, a line plot with axes as SVG.
import { shanghai } from "../../core/instant";
import { byteTicks, valueTicks } from "../../core/text/axis";
import { type DurationUnits, formatAmount, formatSeconds } from "../../core/text/format";
import { constant, type Markup, markup } from "../../core/text/markup";

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** One block a value, scaled from the least to the largest; a gap for what is not a number; level values are level. */
export function sparkline(values: readonly number[]): string {
  const known = values.filter(Number.isFinite);
  const least = Math.min(...known);
  const range = Math.max(...known) - least;
  const block = (value: number): string =>
    BLOCKS[range > 0 ? Math.round(((value - least) / range) * (BLOCKS.length - 1)) : 3] ?? BLOCKS[3];
  return values.map((value) => (Number.isFinite(value) ? block(value) : " ")).join("");
}

export interface TrendSeries {
  title: string;
  /** `s` is written as a duration, `B` and `B/s` in binary units, anything else in SI multiples. */
  unit: string;
  /** In order of time. */
  points: readonly TrendPoint[];
  /** Promised upper bound in the same unit; drawn as a dashed line when given. */
  target?: number;
  /** How it is said; default English. */
  words?: { units: DurationUnits; target: string; zone: string };
}

export interface TrendPoint {
  at: Date;
  /** Not a number = measured nothing: the line is broken there. */
  value: number;
  /** Marked with a ring and a label. */
  regression?: boolean;
}

const WIDTH = 720;
const HEIGHT = 240;
const EDGE = { left: 74, right: 20, top: 34, bottom: 34 };

const TREND_STYLE = `
.trend { font: 12px system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; max-width: 100%; height: auto; }
.trend text { fill: var(--quiet, #676b70); } .trend .title { fill: var(--ink, #1f2023); font-weight: 600; font-size: 13px; }
.trend .grid { stroke: var(--rule, #e4e0d8); } .trend .line { fill: none; stroke: var(--bar, #3d5a73); stroke-width: 1.8; stroke-linejoin: round; }
.trend .dot { fill: var(--bar, #3d5a73); } .trend .target { stroke: var(--fail, #a8201f); stroke-dasharray: 5 4; }
.trend .ring { fill: none; stroke: var(--fail, #a8201f); stroke-width: 2; } .trend .alarm { fill: var(--fail, #a8201f); }
`;

/** An `<svg>` element that stands alone or inside a report page, whose colours it takes. */
export function trendSvg(series: TrendSeries): string {
  const write = (value: number): string =>
    series.unit === "s" ? formatSeconds(value, series.words?.units) : formatAmount(value, series.unit);
  const known = series.points.filter((point) => Number.isFinite(point.value));
  const ticksFor = series.unit === "B" || series.unit === "B/s" ? byteTicks : valueTicks;
  const ticks = ticksFor(Math.max(0, series.target ?? 0, ...known.map((point) => point.value)));
  const top = ticks.at(-1) ?? 1;
  const y = (value: number): number =>
    round(HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom));
  const x = pathsOf(series.points);
  const grid = ticks.map(
    (
      tick,
    ) => markup`<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text x="${EDGE.left - 8}" y="${y(tick) + 4}" text-anchor="end">${write(tick)}</text>
`,
  );
  const dots = series.points.map((point, index) =>
    Number.isFinite(point.value)
      ? dot(point, x[index] ?? 0, y(point.value), write(point.value), series.words?.zone ?? "Asia/Shanghai")
      : undefined,
  );
  return markup`<svg class="trend" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-label="${series.title}">
<style>${constant(TREND_STYLE)}</style>
<text class="title" x="0" y="14">${series.title}</text>
${grid}${targetLine(series, y, write)}
<path class="line" d="${path(series.points, x, y)}"/>
${dots}${dates(series.points)}
</svg>`.text;
}

/** Places in proportion to time; evenly spread when all instants are the same. */
function pathsOf(points: readonly TrendPoint[]): number[] {
  const times = points.map((point) => point.at.getTime());
  const first = Math.min(...times);
  const span = Math.max(...times) - first;
  const room = WIDTH - EDGE.left - EDGE.right;
  return times.map((time, index) => {
    const share = span > 0 ? (time - first) / span : (index + 0.5) / points.length;
    return round(EDGE.left + share * room);
  });
}

/** Lines between neighbours; a missing value breaks the line. */
function path(points: readonly TrendPoint[], x: readonly number[], y: (value: number) => number): string {
  let broken = true;
  return points
    .map((point, index) => {
      const command = broken ? "M" : "L";
      broken = !Number.isFinite(point.value);
      return broken ? "" : `${command}${x[index]} ${y(point.value)}`;
    })
    .join("");
}

function dot(point: TrendPoint, x: number, y: number, value: string, zone: string): Markup {
  const title = markup`<title>${value}, ${shanghai(point.at)} ${zone}</title>`;
  if (!point.regression) return markup`<circle class="dot" cx="${x}" cy="${y}" r="2.6">${title}</circle>\n`;
  const anchor = x > WIDTH - 80 ? "end" : x < EDGE.left + 40 ? "start" : "middle";
  return markup`<circle class="dot alarm" cx="${x}" cy="${y}" r="3">${title}</circle><circle class="ring" cx="${x}" cy="${y}" r="7"/>
<text class="alarm" x="${x}" y="${y - 12}" text-anchor="${anchor}">▲ ${value}</text>
`;
}

function targetLine(
  series: TrendSeries,
  y: (value: number) => number,
  write: (value: number) => string,
): Markup | undefined {
  if (series.target === undefined) return undefined;
  const at = y(series.target);
  return markup`<line class="target" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/>
<text class="alarm" x="${WIDTH - EDGE.right}" y="${at - 5}" text-anchor="end">${series.words?.target ?? "target"} ${write(series.target)}</text>
`;
}

function dates(points: readonly TrendPoint[]): Markup[] {
  const ends = [points.at(0), points.length > 1 ? points.at(-1) : undefined];
  return ends.flatMap((point, index) =>
    point
      ? [
          markup`<text x="${index === 0 ? EDGE.left : WIDTH - EDGE.right}" y="${HEIGHT - 10}" text-anchor="${index === 0 ? "start" : "end"}">${shanghai(point.at).slice(0, 10)}</text>
`,
        ]
      : [],
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
