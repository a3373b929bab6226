// The real `ops` on a ground of its own: run as a child, watched through its NDJSON events, signalled in a chosen phase.
// Knows what a run says; what it leaves behind is looked at in remains.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathsOf } from "../../scripts/machine/paths";
import { type Layout, layoutOf } from "../../scripts/sandbox/layout";

export const CHECKOUT = path.resolve(__dirname, "../..");

/** Every ground begins so. */
export const GROUND = "/tmp/opsf-";

/** Small enough for a drill of one scenario in a few seconds. */
export const SCALE = "0.02";

export interface Event extends Record<string, unknown> {
  type: string;
  event?: string;
  name?: string;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  events: Event[];
  /** The last event of type `result` or `error`; empty when the run was killed. */
  result: Event;
}

export interface Run {
  readonly pid: number;
  readonly events: readonly Event[];
  readonly ended: Promise<Ended>;
  /** True as soon as an event matches, false when the run ended without one. */
  until(matches: (event: Event, index: number) => boolean): Promise<boolean>;
  /** The start of a phase, inside the scenario if one is given. */
  phase(name: string, scenario?: string): Promise<boolean>;
  signal(name: NodeJS.Signals): void;
}

export interface Ground {
  base: string;
  home: string;
  state: string;
  sockets: string;
  copies: string;
  layout: Layout;
  /** Mount points that the test made itself. */
  mounted: Set<string>;
  /** Runs that have not ended yet. */
  mine(): ReadonlySet<number>;
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Run;
  /** Runs to its end. */
  ops(...args: string[]): Promise<Ended>;
  /** Takes the sandbox down and removes everything. */
  remove(): Promise<void>;
}

export interface GroundOptions {
  /** Names below the temporary directory; odd ones are welcome. */
  names?: { home: string; state: string };
  checkout?: string;
  env?: NodeJS.ProcessEnv;
}

export function makeGround(options: GroundOptions = {}): Ground {
  const { names = { home: "home", state: "state" }, checkout = CHECKOUT } = options;
  const base = mkdtempSync(GROUND);
  chmodSync(base, 0o755); // PostgreSQL's account must get through
  const own = { OPS_HOME: path.join(base, names.home), OPS_STATE: path.join(base, names.state) };
  const paths = pathsOf(checkout, own);
  const layout = layoutOf(path.join(paths.state, "sandbox"), path.join(paths.sockets, "source"));
  const env = {
    ...process.env,
    NO_COLOR: "1",
    GITHUB_ACTIONS: "",
    GITHUB_STEP_SUMMARY: "",
    ...own,
    ...options.env,
  };
  const mine = new Set<number>();
  const start: Ground["start"] = (args, more = {}) => {
    const run = watch(
      spawn(process.execPath, [path.join(checkout, "ops"), ...args, "--json"], {
        cwd: checkout,
        env: { ...env, ...more },
        detached: true, // the leader of a group, as a shell starts it
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    mine.add(run.pid);
    void run.ended.then(() => mine.delete(run.pid));
    return run;
  };
  const ops: Ground["ops"] = (...args) => start(args).ended;
  return {
    base,
    ...paths,
    copies: path.join(paths.state, "copies"),
    layout,
    mounted: new Set(),
    mine: () => mine,
    start,
    ops,
    async remove() {
      await ops("sandbox", "down");
      for (const place of [base, paths.sockets]) rmSync(place, { recursive: true, force: true });
    },
  };
}

function watch(child: ChildProcess): Run {
  const events: Event[] = [];
  const waiting = new Set<() => void>();
  let over = false;
  let [stderr, rest] = ["", ""];
  const notify = (): void => {
    for (const look of [...waiting]) look();
  };
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  child.stdout?.on("data", (data: Buffer) => {
    const lines = (rest + data.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) events.push(...parse(line));
    notify();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      over = true;
      notify();
      const result = events.findLast(({ type }) => type === "result" || type === "error") ?? { type: "" };
      resolve({ code, signal, stderr, events, result });
    });
  });
  const until: Run["until"] = (matches) =>
    new Promise((resolve) => {
      let seen = 0;
      const look = (): void => {
        const found = events.slice(seen).some((event, i) => matches(event, seen + i));
        seen = events.length;
        if (!found && !over) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    pid: child.pid ?? 0,
    events,
    ended,
    until,
    phase(name, scenario) {
      let inside = scenario === undefined;
      return until((event) => {
        if (!isStart(event)) return false;
        if (event.name?.startsWith("scenario "))
          inside = scenario === undefined || event.name === `scenario ${scenario}`;
        return inside && event.name === name;
      });
    },
    signal: (name) => void child.kill(name),
  };
}

/** What a job prints at its end is wrapped into an event of type `output`. */
function parse(line: string): Event[] {
  try {
    const event = JSON.parse(line) as Event;
    const text = event.type === "output" && typeof event.text === "string" ? event.text : "";
    return text.startsWith('{"type":') ? [event, JSON.parse(text) as Event] : [event];
  } catch {
    return []; // cut off by a kill
  }
}

export function isStart(event: Event): boolean {
  return event.type === "phase" && event.event === "start";
}

/** Asks every 20 ms. @throws Error when it does not become true in time */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 15,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(20);
  }
}
