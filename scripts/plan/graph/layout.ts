// Places cards from left to right by what depends on what, and says where edges begin and end. Pure; sizes in CSS pixels.
import type { Card, Edge, Graph } from "./model";

export const CARD_WIDTH = 272;
export const HEADER = 28;
export const ROW = 19;
const PADDING = 5;

export interface PlacedCard extends Card {
  x: number;
  y: number;
  open: boolean;
}

export interface Placed {
  stack: string;
  width: number;
  height: number;
  cards: readonly PlacedCard[];
  edges: readonly Edge[];
}

/** Stacks larger than this start with their larger cards closed. */
const ALL_OPEN = 40;
const STAYS_OPEN = 4;

export function heightOf({ rows, open }: Pick<PlacedCard, "rows" | "open">): number {
  return open ? HEADER + rows.length * ROW + PADDING : HEADER;
}

export async function layOut(graph: Graph): Promise<Placed> {
  // Its types are an ES module's, which only a dynamic import may name.
  const { Graph: DagreGraph, layout: place } = await import("@dagrejs/dagre");
  const total = graph.cards.reduce((sum, { rows }) => sum + rows.length, 0);
  const isOpen = ({ rows }: Card): boolean => total <= ALL_OPEN || rows.length <= STAYS_OPEN;
  const dagre = new DagreGraph();
  dagre.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 64, marginx: 8, marginy: 8 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const card of graph.cards) {
    dagre.setNode(card.id, { width: CARD_WIDTH, height: heightOf({ rows: card.rows, open: isOpen(card) }) });
  }
  const cardOf = owners(graph.cards);
  for (const { from, to } of graph.edges) {
    const [source, target] = [cardOf.get(from), cardOf.get(to)];
    if (source !== undefined && target !== undefined && source !== target) dagre.setEdge(source, target);
  }
  place(dagre);
  const cards = graph.cards.map((card): PlacedCard => {
    const { x, y, height } = dagre.node(card.id) as { x: number; y: number; height: number };
    return { ...card, open: isOpen(card), x: Math.round(x - CARD_WIDTH / 2), y: Math.round(y - height / 2) };
  });
  const width = Math.max(...cards.map(({ x }) => x + CARD_WIDTH), 0) + 8;
  const height = Math.max(...cards.map((card) => card.y + heightOf(card)), 0) + 8;
  return { stack: graph.stack, width, height, cards, edges: graph.edges };
}

/** Id of a row or card → id of its card. */
export function owners(cards: readonly Card[]): Map<string, string> {
  return new Map(
    cards.flatMap(({ id, rows }) => [[id, id] as const, ...rows.map((row) => [row.id, id] as const)]),
  );
}
