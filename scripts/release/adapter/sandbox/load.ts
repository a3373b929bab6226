// The users of a rollout in the sandbox: requests at a steady rate through the proxy (autocannon), every one of them counted.
// Loopback only and bounded; what is measured here is that nobody was turned away while versions changed.
import type { Result } from "autocannon";

export interface LoadResult {
  /** Answers and failures together. */
  requests: number;
  /** Not answered at all, or answered by a server error. */
  lost: number;
  detail: { connection: number; timeouts: number; serverErrors: number };
  seconds: number;
}

export interface Load {
  /** So far. */
  requests(): number;
  /** Ends after the requests that are on their way. */
  stop(): Promise<LoadResult>;
}

/** Nobody may forget to stop it. */
const MOST_SECONDS = 600;

/** @param rate requests a second, over all connections */
export async function startLoad(
  port: number,
  { rate, connections }: { rate: number; connections: number },
): Promise<Load> {
  const { default: autocannon } = await import("autocannon");
  let requests = 0;
  let serverErrors = 0;
  let connection = 0;
  const since = performance.now();
  let finished: (result: Result) => void = () => {};
  let failed: (error: unknown) => void = () => {};
  const ended = new Promise<Result>((resolve, reject) => {
    finished = resolve;
    failed = reject;
  });
  ended.catch(() => {}); // reported by stop()
  const instance = autocannon(
    {
      url: `http://127.0.0.1:${port}/`,
      connections,
      overallRate: rate,
      duration: MOST_SECONDS,
      timeout: 10,
    },
    (error: unknown, result: Result) => (error ? failed(error) : finished(result)),
  );
  instance.on("response", (_client: unknown, statusCode: number) => {
    requests++;
    if (statusCode >= 500) serverErrors++;
  });
  instance.on("reqError", () => {
    requests++;
    connection++;
  });
  return {
    requests: () => requests,
    async stop() {
      (instance as unknown as { stop(): void }).stop();
      const { timeouts } = await ended;
      const seconds = (performance.now() - since) / 1000;
      return {
        requests,
        lost: connection + serverErrors,
        detail: { connection: connection - timeouts, timeouts, serverErrors },
        seconds,
      };
    },
  };
}
