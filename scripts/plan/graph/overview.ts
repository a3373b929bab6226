// All stacks at a glance: an environment a lane, a layer a column, arrows where one stack reads another's outputs.
import { type Markup, markup } from "../../core/text/markup";
import { cloudResources, type StackPlan } from "../model";
import { type Graph, KINDS } from "./model";

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

function barSvg({ graph, x, y }: Box): Markup[] {
  const rows = graph.cards.filter(({ reference }) => !reference).flatMap((card) => card.rows);
  let at = x + 12;
  return KINDS.flatMap((kind) => {
    const share = rows.filter((row) => row.kind === kind).length;
    const width = rows.length > 0 ? (share / rows.length) * (WIDTH - 24) : 0;
    const piece =
      share > 0
        ? markup`<rect class="bar ${kind}" x="${at.toFixed(1)}" y="${y + 62}" width="${width.toFixed(1)}" height="8"><title>${share} ${kind}</title></rect>`
        : [];
    at += width;
    return piece;
  });
}

function boxSvg(box: Box): Markup {
  const { plan, graph, x, y } = box;
  const rows = graph.cards.flatMap((card) => card.rows);
  const kept = rows.filter((row) => row.stateful).length;
  const shut = rows.filter((row) => row.protected).length;
  return markup`<a href="#${plan.stack}"><g class="box">${[
    markup`<title>${plan.stack}: ${cloudResources(plan).length} resources</title>`,
    markup`<rect class="frame" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    markup`<text class="name" x="${x + 12}" y="${y + 24}">${plan.stack}</text>`,
    markup`<text class="type" x="${x + 12}" y="${y + 44}">${cloudResources(plan).length} resources  ◆${kept}  ▣${shut}</text>`,
    ...barSvg(box),
  ]}</g></a>`;
}

function arrow(from: Box, to: Box): Markup {
  const title = markup`<title>${to.plan.stack} reads ${from.plan.stack}</title>`;
  const [startY, endY] = [from.y + HEIGHT / 2, to.y + HEIGHT / 2];
  if (to.x > from.x) {
    const [start, end] = [from.x + WIDTH, to.x - 2];
    const bend = (end - start) / 2;
    // Over a column that lies between: above the boxes, not through them.
    const over = to.x - from.x > WIDTH + GAP_X && from.y === to.y;
    const path = over
      ? `M${from.x + WIDTH - 30},${from.y} C${from.x + WIDTH},${from.y - GAP_Y + 8} ${to.x},${to.y - GAP_Y + 8} ${to.x + 30},${to.y - 2}`
      : `M${start},${startY} C${start + bend},${startY} ${end - bend},${endY} ${end},${endY}`;
    return markup`<path class="edge" marker-end="url(#tip)" d="${path}">${title}</path>`;
  }
  // The same layer of another environment: around the left-hand side.
  const far = Math.min(from.x, to.x) - 34;
  return markup`<path class="edge" marker-end="url(#tip)" d="M${from.x},${startY} C${far},${startY} ${far},${endY} ${to.x - 2},${endY}">${title}</path>`;
}

export function overviewSvg(plans: readonly StackPlan[], graphs: readonly Graph[]): Markup {
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
  const tip = markup`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>`;
  const laneSvgs = lanes.map((lane, index) => {
    const y = TOP + index * (HEIGHT + GAP_Y);
    return markup`<rect class="lane" x="0" y="${y - 12}" width="${width}" height="${HEIGHT + 24}" rx="8"/><text class="lane-name" x="10" y="${y + HEIGHT / 2 + 4}">${lane.replace(/^(drill)-.*/, "$1")}</text>`;
  });
  const names = layers.map(
    (layer, index) =>
      markup`<text class="layer-name" x="${LEFT + index * (WIDTH + GAP_X) + 2}" y="15">${layer}</text>`,
  );
  return markup`<svg class="overview" role="img" aria-label="stacks and what they read of each other" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${tip}${laneSvgs}${names}${arrows}${boxes.map(boxSvg)}</svg>`;
}
