// A lower bound of what a stack costs a month at list prices, and what it leaves out.
import type { Prices } from "../../policies/cloud/prices";
import { cloudResources, type StackPlan, shortType } from "./model";

export interface Estimate {
  stack: string;
  /** Sum of what has a known price, a month, in the table's currency. */
  monthly: number;
  /** Resources with a known price. */
  priced: number;
  /** Types whose price nobody knows here → how many resources. */
  unknown: Readonly<Record<string, number>>;
}

export function estimate(plan: StackPlan, prices: Prices): Estimate {
  const settings = new Set(prices.settings);
  const unknown: Record<string, number> = {};
  let hourly = 0;
  let priced = 0;
  for (const { type, inputs } of cloudResources(plan)) {
    if (settings.has(type)) continue;
    const item = prices.items.find((candidate) => candidate.type === type);
    const price = item?.hourly[String(inputs[item.by])];
    if (price === undefined) unknown[shortType(type)] = (unknown[shortType(type)] ?? 0) + 1;
    else {
      hourly += price;
      priced += 1;
    }
  }
  return { stack: plan.stack, monthly: hourly * prices.hoursPerMonth, priced, unknown };
}

const sum = (estimates: readonly Estimate[]): number =>
  estimates.reduce((total, { monthly }) => total + monthly, 0);

function unknownOf(estimates: readonly Estimate[]): string {
  const counts = new Map<string, number>();
  for (const { unknown } of estimates) {
    for (const [type, count] of Object.entries(unknown)) counts.set(type, (counts.get(type) ?? 0) + count);
  }
  return [...counts].map(([type, count]) => (count > 1 ? `${count} ${type}` : type)).join(", ");
}

const oldest = ({ items }: Prices): string => items.map(({ asOf }) => asOf).sort()[0] ?? "never";

/** One paragraph; says first what is missing. */
export function showEstimate(estimates: readonly Estimate[], prices: Prices): string {
  const unknown = unknownOf(estimates);
  const known = `at least ${sum(estimates).toFixed(2)} ${prices.currency} a month (list prices from ${oldest(prices)} on, policies/cloud/prices.yaml)`;
  return unknown === "" ? `Cost  ${known}` : `Cost  ${known}; price unknown: ${unknown}`;
}

export function showEstimateChange(
  before: readonly Estimate[],
  after: readonly Estimate[],
  prices: Prices,
): string {
  const [was, is] = [sum(before), sum(after)];
  const change = `${was.toFixed(2)} → ${is.toFixed(2)} ${prices.currency} a month (${is >= was ? "+" : ""}${(is - was).toFixed(2)})`;
  const unknown = unknownOf(after);
  return `Cost at list prices, as far as known: ${change}${unknown ? `; unknown and not counted: ${unknown}` : ""}`;
}
