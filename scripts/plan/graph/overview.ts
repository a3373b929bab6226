// All stacks at a glance: an environment a lane, a layer a column, arrows where one stack reads another's outputs. Pure.
import { cloudResources, type StackPlan } from "../model";
import { type Graph, KINDS } from "./model";
import { escaped } from "./svg";

const [WIDTH, HEIGHT, GAP_X, GAP_Y, LEFT, TOP] = [190, 82, 76, 34, 96, 34];

interface Box {
  plan: StackPlan;
  graph: Graph;
  x: number;
  y: number;
}

/** A drill has no layer of its own among the others: it stands in the column of what it restores. */
const columnOf = ({ layer }: StackPlan, layers: readonly string[]): number =>
  layers.includes(layer) ? layers.indexOf(layer) : 1;

function barSvg({ graph, x, y }: Box): string {
  const rows = graph.cards.filter(({ reference }) => !reference).flatMap((card) => card.rows);
  let at = x + 12;
  return KINDS.map((kind) => {
    const share = rows.filter((row) => row.kind === kind).length;
    const width = rows.length > 0 ? (share / rows.length) * (WIDTH - 24) : 0;
    const piece =
      share > 0
        ? `<rect class="bar ${kind}" x="${at.toFixed(1)}" y="${y + 62}" width="${width.toFixed(1)}" height="8"><title>${share} ${kind}</title></rect>`
        : "";
    at += width;
    return piece;
  }).join("");
}

function boxSvg(box: Box): string {
  const { plan, graph, x, y } = box;
  const rows = graph.cards.flatMap((card) => card.rows);
  const kept = rows.filter((row) => row.stateful).length;
  const shut = rows.filter((row) => row.protected).length;
  return [
    `<a href="#${plan.stack}"><g class="box"><title>${escaped(plan.stack)}: ${cloudResources(plan).length} resources</title>`,
    `<rect class="frame" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    `<text class="name" x="${x + 12}" y="${y + 24}">${escaped(plan.stack)}</text>`,
    `<text class="type" x="${x + 12}" y="${y + 44}">${cloudResources(plan).length} resources  ◆${kept}  ▣${shut}</text>`,
    `${barSvg(box)}</g></a>`,
  ].join("");
}

function arrow(from: Box, to: Box): string {
  const title = `<title>${escaped(to.plan.stack)} reads ${escaped(from.plan.stack)}</title>`;
  const [startY, endY] = [from.y + HEIGHT / 2, to.y + HEIGHT / 2];
  if (to.x > from.x) {
    const [start, end] = [from.x + WIDTH, to.x - 2];
    const bend = (end - start) / 2;
    // Over a column that lies between: above the boxes, not through them.
    const over = to.x - from.x > WIDTH + GAP_X && from.y === to.y;
    const path = over
      ? `M${from.x + WIDTH - 30},${from.y} C${from.x + WIDTH},${from.y - GAP_Y + 8} ${to.x},${to.y - GAP_Y + 8} ${to.x + 30},${to.y - 2}`
      : `M${start},${startY} C${start + bend},${startY} ${end - bend},${endY} ${end},${endY}`;
    return `<path class="edge" marker-end="url(#tip)" d="${path}">${title}</path>`;
  }
  // The same layer of another environment: around the left-hand side.
  const far = Math.min(from.x, to.x) - 34;
  return `<path class="edge" marker-end="url(#tip)" d="M${from.x},${startY} C${far},${startY} ${far},${endY} ${to.x - 2},${endY}">${title}</path>`;
}

export function overviewSvg(plans: readonly StackPlan[], graphs: readonly Graph[]): string {
  const lanes = [...new Set(plans.map(({ environment }) => environment))];
  const layers = [...new Set(plans.map(({ layer }) => layer))].filter((layer) => layer !== "drill");
  const boxes = plans.map(
    (plan, index): Box => ({
      plan,
      graph: graphs[index]!,
      x: LEFT + Math.max(0, columnOf(plan, layers)) * (WIDTH + GAP_X),
      y: TOP + lanes.indexOf(plan.environment) * (HEIGHT + GAP_Y),
    }),
  );
  const byStack = new Map(boxes.map((box) => [box.plan.stack, box]));
  const arrows = boxes.flatMap((to) =>
    to.plan.references.flatMap((name) => {
      const from = byStack.get(name);
      return from ? [arrow(from, to)] : [];
    }),
  );
  const width = LEFT + Math.max(1, layers.length) * (WIDTH + GAP_X);
  const height = TOP + lanes.length * (HEIGHT + GAP_Y);
  return [
    `<svg class="overview" role="img" aria-label="stacks and what they read of each other" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>`,
    ...lanes.map((lane, index) => {
      const y = TOP + index * (HEIGHT + GAP_Y);
      return `<rect class="lane" x="0" y="${y - 12}" width="${width}" height="${HEIGHT + 24}" rx="8"/><text class="lane-name" x="10" y="${y + HEIGHT / 2 + 4}">${escaped(lane.replace(/^(drill)-.*/, "$1"))}</text>`;
    }),
    ...layers.map(
      (layer, index) =>
        `<text class="layer-name" x="${LEFT + index * (WIDTH + GAP_X) + 2}" y="15">${escaped(layer)}</text>`,
    ),
    ...arrows,
    ...boxes.map(boxSvg),
    "</svg>",
  ].join("");
}
