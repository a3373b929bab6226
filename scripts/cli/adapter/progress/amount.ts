// What is known of a running phase, in words: how far, how fast, how long yet.
import { formatAmount, formatRate, formatSeconds, formatShare } from "../../../core/text/format";
import type { Amount } from "./display";

/** Before so many seconds a rate is a guess, and is not shown. */
const SETTLED_SECONDS = 1;

/** Units per second since the first report; `undefined` while it would be a guess. */
export function rateOf(amount: Amount, now: number): number | undefined {
  const seconds = now - amount.since;
  const done = amount.done - amount.initially;
  return seconds >= SETTLED_SECONDS && done > 0 ? done / seconds : undefined;
}

/** Seconds yet to go at the average rate so far. */
export function remainingSeconds(amount: Amount, now: number): number | undefined {
  const rate = rateOf(amount, now);
  if (rate === undefined || amount.total === undefined) return undefined;
  return Math.max(0, (amount.total - amount.done) / rate);
}

/** `62 %`, `1.9 GiB of 3.1 GiB`, `203 MiB/s`, `6.0 s left`: whatever is known, in this order. */
export function describe(amount: Amount, now: number): string[] {
  const { done, total, unit } = amount;
  const rate = rateOf(amount, now);
  const left = remainingSeconds(amount, now);
  const parts = [
    total === undefined || total <= 0 ? undefined : formatShare(Math.min(1, done / total)),
    total === undefined
      ? formatAmount(done, unit)
      : `${formatAmount(done, unit)} of ${formatAmount(total, unit)}`,
    rate === undefined ? undefined : formatRate(rate, unit),
    left === undefined ? undefined : `${formatSeconds(left)} left`,
  ];
  return parts.filter((part) => part !== undefined);
}

/** Of a phase that has ended: `3.1 GiB`, `203 MiB/s`. */
export function achieved(amount: Amount | undefined, seconds: number): string[] {
  if (!amount || amount.done <= 0) return [];
  const rate = seconds > 0 ? [formatRate(amount.done / seconds, amount.unit)] : [];
  return [formatAmount(amount.done, amount.unit), ...rate];
}
