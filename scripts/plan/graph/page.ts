// Plans as one HTML page that works offline: an overview of all stacks, then each stack's resources. Pure; loads nothing.
import { cloudResources, type StackPlan } from "../model";
import { CLIENT } from "./client";
import { layOut } from "./layout";
import { type Graph, graphOf } from "./model";
import { overviewSvg } from "./overview";
import { STYLE } from "./style";
import { escaped, stackSvg } from "./svg";

/** What each colour stands for, in the order of the legend. */
const LEGEND = {
  network: "network and edge",
  data: "data and its copies",
  compute: "compute",
  access: "keys, rights, firewall",
  watch: "logs and alarms",
} as const;

const legend = (): string =>
  [
    ...Object.entries(LEGEND).map(([kind, what]) => `<span><i class="${kind}"></i>${what}</span>`),
    "<span>◆ stateful: its content is lost with it</span>",
    "<span>▣ protected from deletion</span>",
    "<span>dashed: outputs of another stack</span>",
    "<span>edges lead from what must exist first; those inside a card show when hovered</span>",
  ].join("");

async function sectionOf(plan: StackPlan, graph: Graph): Promise<string> {
  const reads = plan.references.map((name) => `<a href="#${escaped(name)}">${escaped(name)}</a>`).join(", ");
  const head = `<h2>${escaped(plan.stack)}</h2><span class="dim">${cloudResources(plan).length} resources${reads ? `, reads ${reads}` : ""}</span>`;
  return `<section id="${escaped(plan.stack)}"><div class="heading">${head}</div><div class="scroll">${stackSvg(await layOut(graph))}</div></section>`;
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
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<header><h1>${escaped(title)}</h1><span class="dim">${total} resources in ${plans.length} stacks</span>
<input id="find" type="search" placeholder="find a resource" aria-label="find a resource">
<button id="open" type="button">Open all</button><button id="close" type="button">Close all</button>
<div class="legend">${legend()}</div></header>
<main><section><div class="scroll">${overviewSvg(plans, graphs)}</div></section>
${sections.join("\n")}
</main><script>${CLIENT}</script></body></html>
`;
}
