// Plans as one HTML page that works offline: an overview of all stacks, then each stack's resources. Pure; loads nothing.
import { constant, type Markup, markup } from "../../core/text/markup";
import { cloudResources, type StackPlan } from "../model";
import { CLIENT } from "./client";
import { layOut } from "./layout";
import { type Graph, graphOf } from "./model";
import { overviewSvg } from "./overview";
import { STYLE } from "./style";
import { stackSvg } from "./svg";

/** What each colour stands for, in the order of the legend. */
const LEGEND = {
  network: "network and edge",
  data: "data and its copies",
  compute: "compute",
  access: "keys, rights, firewall",
  watch: "logs and alarms",
} as const;

const NOTES = [
  "◆ stateful: its content is lost with it",
  "▣ protected from deletion",
  "dashed: outputs of another stack",
  "edges lead from what must exist first; those inside a card show when hovered",
] as const;

const legend = (): Markup[] => [
  ...Object.entries(LEGEND).map(([kind, what]) => markup`<span><i class="${kind}"></i>${what}</span>`),
  ...NOTES.map((note) => markup`<span>${note}</span>`),
];

async function sectionOf(plan: StackPlan, graph: Graph): Promise<Markup> {
  const links = plan.references.map((name) => markup`<a href="#${name}">${name}</a>`);
  const reads = links.map((link, index) => [index === 0 ? ", reads " : ", ", link]);
  const svg = stackSvg(await layOut(graph));
  return markup`<section id="${plan.stack}"><div class="heading"><h2>${plan.stack}</h2><span class="dim">${cloudResources(plan).length} resources${reads}</span></div><div class="scroll">${svg}</div></section>
`;
}

/**
 * @param isStateful of a type: is its content lost with it
 * @param title text for the head of the page
 */
export async function planPage(
  plans: readonly StackPlan[],
  isStateful: (type: string) => boolean,
  title: string,
): Promise<string> {
  const graphs = plans.map((plan) => graphOf(plan, isStateful));
  const total = plans.reduce((sum, plan) => sum + cloudResources(plan).length, 0);
  const sections = await Promise.all(plans.map((plan, index) => sectionOf(plan, graphs[index]!)));
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}</title><style>${constant(STYLE)}</style></head><body>
<header><h1>${title}</h1><span class="dim">${total} resources in ${plans.length} stacks</span>
<input id="find" type="search" placeholder="find a resource" aria-label="find a resource">
<button id="open" type="button">Open all</button><button id="close" type="button">Close all</button>
<div class="legend">${legend()}</div></header>
<main><section><div class="scroll">${overviewSvg(plans, graphs)}</div></section>
${sections}</main><script>${constant(CLIENT)}</script></body></html>
`.text;
}
