// What a number of random trials says about all that were not made. Pure arithmetic.

/** One chance in twenty of being told too small a bound. */
const DOUBT = 0.05;

/**
 * Upper end of the one-sided 95 % confidence interval of a share, after `failures` in `n` independent trials
 * (Clopper and Pearson 1934). Without a failure it is exactly 1 − 0.05^(1/n), about 3/n. 1 when nothing was tried.
 */
export function upperBound95(n: number, failures: number): number {
  if (n <= 0 || failures >= n) return 1;
  if (failures === 0) return 1 - DOUBT ** (1 / n);
  let [low, high] = [failures / n, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(failures, n, middle) > DOUBT) low = middle;
    else high = middle;
  }
  return high;
}

/** The rule of three: a bound to reckon with in one's head, slightly too large. */
export function ruleOfThree(n: number): number {
  return n <= 0 ? 1 : Math.min(1, 3 / n);
}

/** Probability of at most `k` successes in `n` trials of probability `p`, 0 < p < 1; in logarithms, so that no n is too large. */
function atMost(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}
