// One stack as SVG: cards, rows, edges. Pure text; `client.ts` moves the same elements when a card is opened or closed.
import { constant, lines, type Markup, markup } from "../../core/text/markup";
import { CARD_WIDTH, HEADER, heightOf, owners, type Placed, type PlacedCard, ROW } from "./layout";
import type { Row } from "./model";

/** Average width of a character at the page's font size; what is cut off stands in the title. */
const CHARACTER = 6.3;

export function cut(text: string, width: number): string {
  const fits = Math.floor(width / CHARACTER);
  return text.length <= fits ? text : `${text.slice(0, Math.max(1, fits - 1))}…`;
}

const MARKS = { protected: "▣", stateful: "◆" } as const;

function marksOf(row: Pick<Row, "protected" | "stateful">): string {
  return (row.stateful ? MARKS.stateful : "") + (row.protected ? MARKS.protected : "");
}

function rowSvg(row: Row, index: number): Markup {
  const marks = marksOf(row);
  const room = CARD_WIDTH - 26 - (marks ? 28 : 0);
  const type = row.type ? cut(row.type, room) : "";
  const name = cut(row.name, room - (type.length + 1) * CHARACTER);
  const bar = markup`<rect class="hit" x="1" width="${CARD_WIDTH - 2}" height="${ROW}"/><rect class="bar" x="8" y="4" width="4" height="${ROW - 8}" rx="2"/>`;
  const text = markup`<text x="18" y="13.5"><tspan class="type">${type}</tspan>${type ? " " : ""}<tspan>${name}</tspan></text>`;
  const end = marks ? markup`<text class="marks" x="${CARD_WIDTH - 8}" y="13.5">${marks}</text>` : undefined;
  return markup`<g class="row ${row.kind}" id="${row.id}" transform="translate(0,${HEADER + index * ROW})"><title>${lines(row.title)}</title>${bar}${text}${end}</g>`;
}

function summary({ rows }: PlacedCard): string {
  const kept = rows.filter((row) => row.stateful).length;
  const shut = rows.filter((row) => row.protected).length;
  return `${kept > 0 ? ` ${MARKS.stateful}${kept}` : ""}${shut > 0 ? ` ${MARKS.protected}${shut}` : ""} ${rows.length}`.trim();
}

function cardSvg(card: PlacedCard): Markup {
  const { id, x, y, open, reference, rows } = card;
  const end = reference ? "" : summary(card);
  const label = cut(`${card.type} ${card.name}`.trim(), CARD_WIDTH - 40 - end.length * CHARACTER);
  const [type, name] = [label.slice(0, card.type.length), label.slice(card.type.length)];
  const state = `${open ? "open" : "closed"}${reference ? " reference" : ""}`;
  const title = reference
    ? `outputs of ${card.name} that are used here`
    : `${card.type} ${card.name}: ${rows.length} resources; click to open or close`;
  return markup`<g class="card ${state}" id="${id}" data-x="${x}" data-y="${y}" data-rows="${rows.length}" transform="translate(${x},${y})">${[
    markup`<rect class="frame" width="${CARD_WIDTH}" height="${heightOf(card)}" rx="6"/>`,
    markup`<g class="head"><title>${title}</title>`,
    markup`<rect class="hit" width="${CARD_WIDTH}" height="${HEADER}" rx="6"/>`,
    rows.length > 0 ? markup`<path class="fold" d="M10,10 l7,4 l-7,4 z"/>` : undefined,
    markup`<text x="24" y="18.5"><tspan class="type">${type}</tspan><tspan class="name">${name}</tspan></text>`,
    end ? markup`<text class="marks" x="${CARD_WIDTH - 8}" y="18.5">${end}</text>` : undefined,
  ]}</g><g class="rows">${rows.map(rowSvg)}</g></g>`;
}

interface End {
  card: PlacedCard;
  y: number;
  key: string;
}

/** Where an edge meets a row, or the header of a card that is closed. */
function ends(placed: Placed): (id: string) => End | undefined {
  const byId = new Map(placed.cards.map((card) => [card.id, card]));
  const owner = owners(placed.cards);
  return (id) => {
    const card = byId.get(owner.get(id) ?? "");
    if (!card) return undefined;
    const index = card.open ? card.rows.findIndex((row) => row.id === id) : -1;
    const y = card.y + (index < 0 ? HEADER / 2 : HEADER + index * ROW + ROW / 2);
    return { card, y, key: index < 0 ? card.id : id };
  };
}

/** Left to right as a curve; within a column, or back, around the right-hand side. `client.ts` draws the same. */
export function curve(fromX: number, fromY: number, toX: number, toY: number): string {
  const right = fromX + CARD_WIDTH;
  if (toX >= right) {
    const bend = Math.max(30, (toX - right) / 2);
    return `M${right},${fromY} C${right + bend},${fromY} ${toX - bend},${toY} ${toX},${toY}`;
  }
  const far = Math.max(right, toX + CARD_WIDTH) + 26;
  return `M${right},${fromY} C${far},${fromY} ${far},${toY} ${toX + CARD_WIDTH},${toY}`;
}

function edgesSvg(placed: Placed): Markup[] {
  const endOf = ends(placed);
  const drawn = new Set<string>();
  return placed.edges.flatMap(({ from, to }) => {
    const [a, b] = [endOf(from), endOf(to)];
    if (!a || !b) return [];
    const key = `${a.key} ${b.key}`;
    const shown = a.key !== b.key && !drawn.has(key);
    drawn.add(key);
    const inner = a.card === b.card ? " inner" : "";
    return markup`<path class="edge${inner}"${shown ? undefined : constant(' hidden="hidden"')} data-from="${from}" data-to="${to}" d="${curve(a.card.x, a.y, b.card.x, b.y)}"/>`;
  });
}

export function stackSvg(placed: Placed): Markup {
  const { width, height, cards, stack } = placed;
  return markup`<svg class="stack" role="img" aria-label="resources of ${stack}" width="${width + 30}" height="${height}" data-card-width="${CARD_WIDTH}" data-header="${HEADER}" data-row="${ROW}"><g class="edges">${edgesSvg(placed)}</g>${cards.map(cardSvg)}</svg>`;
}
