// Round numbers for axes.

const TIME_STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200,
  86_400,
];

/** Round instants from 0 up to `span` seconds, about `count` of them. */
export function timeTicks(span: number, count = 5): number[] {
  const wanted = span / count;
  return ticks(span, TIME_STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400);
}

/** As `valueTicks`, round in KiB, MiB, … */
export function byteTicks(largest: number, count = 4): number[] {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(largest) / 10));
  return largest > 0
    ? valueTicks(largest / unit, count).map((tick) => tick * unit)
    : valueTicks(largest, count);
}

/** Round values (1, 2, 5 × a power of ten) from 0 up to and past `largest`, about `count` of them. */
export function valueTicks(largest: number, count = 4): number[] {
  const wanted = (largest > 0 ? largest : 1) / count;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= wanted * 0.999) ?? wanted;
  return ticks(Math.ceil((largest > 0 ? largest : 1) / step - 1e-9) * step, step);
}

function ticks(upTo: number, step: number): number[] {
  const last = Math.floor(upTo / step + 1e-9);
  return Array.from({ length: last + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
