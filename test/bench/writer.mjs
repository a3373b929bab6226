// Writes single rows, one commit each, until it is told to stop; answers with every latency, milliseconds. A thread of its own: what
// we do beside it must not be charged to the server.
import { parentPort, workerData } from "node:worker_threads";
import pg from "pg";

const client = new pg.Client(workerData);
await client.connect();
let stopped = false;
parentPort.once("message", () => {
  stopped = true;
});
const latencies = [];
while (!stopped) {
  const began = performance.now();
  await client.query("insert into public.bench_latency default values");
  latencies.push(performance.now() - began);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await client.end();
parentPort.postMessage(latencies);
