// The Rollouts port of the sandbox: real processes of the stand-in behind a real proxy. Steps, figures and decision are those
// of production (policies/service), a minute there being two seconds here. Knows nothing of git, gates or evidence.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Contract } from "../../../../policies/contract/contract";
import { analysisMetrics, type Decision, judge, type Look } from "../../../../policies/service/analysis";
import { ANALYSIS, CANARY_STEPS } from "../../../../policies/service/canary";
import type { App, AppRelease } from "../../../../policies/service/releases";
import type { Clock } from "../../../core/clock";
import { OpsError } from "../../../core/errors";
import type { Measurement } from "../../../core/evidence";
import type { AppState, RolloutRequest, RolloutResult, Rollouts } from "../../rollouts";
import { type Backend, type Control, createControl } from "./control";
import { type DaemonRecord, findDaemon, startDaemon, stopDaemon } from "./daemon";
import { type LoadResult, startLoad } from "./load";
import { versionFile } from "./versions";

export interface SandboxRolloutOptions {
  clock: Clock;
  contract: Contract;
  /** Records, logs; inside the sandbox, so that they go with it. */
  directory: string;
  /** Socket directory of the sandbox's PostgreSQL. */
  socket: string;
  newId(): string;
  /** Requests that a rollout is watched with. */
  load?: { rate: number; connections: number; least: number };
  /** How much faster than in production; default 30. */
  speed?: number;
}

/** At least 10,000 requests: below that a loss of one in ten thousand could not be seen. */
const LOAD = { rate: 400, connections: 100, least: 10_000 };
const SPEED = 30;
const READY_SECONDS = 10;
const DRAIN_SECONDS = 12;

/** What serves, as written down before anything is changed. */
interface State {
  stable: { id: string; version: string; digest: string } | null;
  canary: { id: string; version: string; digest: string } | null;
}

const HOW = "sandbox: stand-in processes behind a local proxy";

export function createSandboxRollouts(options: SandboxRolloutOptions): Rollouts {
  const { clock, contract, directory, newId, socket } = options;
  const load = options.load ?? LOAD;
  const speed = options.speed ?? SPEED;
  const file = (name: string): string => path.join(directory, name);
  const recordOf = (id: string): string => file(`service-${id}.json`);

  const readState = async (app: App): Promise<State> =>
    JSON.parse(
      await readFile(file(`${app}.json`), "utf8").catch(() => '{"stable":null,"canary":null}'),
    ) as State;
  const writeState = (app: App, state: State): Promise<void> =>
    writeFile(file(`${app}.json`), JSON.stringify(state), { mode: 0o600 });

  const proxyOf = async (app: App): Promise<{ record: DaemonRecord; control: Control }> => {
    const tokenFile = file(`${app}.token`);
    const found = findDaemon(file(`proxy-${app}.json`));
    if (found)
      return { record: found, control: createControl(found.port, await readFile(tokenFile, "utf8")) };
    const token = randomBytes(24).toString("hex");
    await writeFile(tokenFile, token, { mode: 0o600 });
    const record = await startDaemon(
      "proxy.ts",
      file(`proxy-${app}.json`),
      [tokenFile],
      file(`proxy-${app}.log`),
    );
    return { record, control: createControl(record.port, token) };
  };

  /** Starts a version and waits until it says that it is ready. @returns why not, in words, after stopping it again */
  const startVersion = async (app: App, id: string, version: string): Promise<DaemonRecord | string> => {
    const log = file(`${app}-${version}.log`);
    const record = await startDaemon("service.ts", recordOf(id), [versionFile(app, version), socket], log);
    let last = "no answer";
    for (const deadline = clock.seconds() + READY_SECONDS; clock.seconds() < deadline; ) {
      const response = await fetch(`http://127.0.0.1:${record.port}/ready`).catch(() => undefined);
      if (response?.ok) return record;
      if (response) last = (await response.text()).slice(0, 200);
      await clock.sleep(0.2);
    }
    await stopDaemon(recordOf(id));
    return `${app} ${version} did not become ready within ${READY_SECONDS} s: ${last}`;
  };

  /** Its share is taken first, its last answers are waited for, then it goes. */
  const remove = async (control: Control, id: string): Promise<void> => {
    for (const deadline = clock.seconds() + DRAIN_SECONDS; clock.seconds() < deadline; ) {
      if ((await control.inFlight(id)) === 0) break;
      await clock.sleep(0.1);
    }
    await stopDaemon(recordOf(id));
  };

  /** The version before serves alone, whatever a killed rollout or a restart has left. */
  const settle = async (
    app: App,
    before: AppRelease,
  ): Promise<{ control: Control; record: DaemonRecord; stable: Backend }> => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { record, control } = await proxyOf(app);
    const state = await readState(app);
    const alive = state.stable && findDaemon(recordOf(state.stable.id));
    const keep = state.stable?.digest === before.digest ? alive : null;
    const id = keep && state.stable ? state.stable.id : newId();
    const service = keep ?? (await startVersion(app, id, before.version));
    if (typeof service === "string")
      throw new OpsError("unavailable", `the version that should serve: ${service}`);
    const stable: Backend = { id, version: before.version, port: service.port, weight: 100 };
    await writeState(app, { stable: { id, version: before.version, digest: before.digest }, canary: null });
    await control.route([stable]);
    for (const left of [state.canary, state.stable])
      if (left && left.id !== id && findDaemon(recordOf(left.id))) await remove(control, left.id);
    return { control, record, stable };
  };

  return {
    how: HOW,

    async status({ apps }) {
      return Promise.all(
        (Object.entries(apps) as [App, AppRelease][]).map(async ([app, declared]): Promise<AppState> => {
          const { stable, canary } = await readState(app);
          const proxy = findDaemon(file(`proxy-${app}.json`));
          const alive = stable && proxy && findDaemon(recordOf(stable.id));
          if (!alive) return { app, serving: undefined, health: "unknown", detail: "nothing runs yet" };
          const place = `http://127.0.0.1:${proxy.port}/`;
          if (canary && findDaemon(recordOf(canary.id)))
            return {
              app,
              serving: stable.version,
              health: "progressing",
              detail: `${canary.version} is let in; ${place}`,
            };
          const same = stable.digest === declared.digest;
          return {
            app,
            serving: stable.version,
            health: same ? "healthy" : "degraded",
            detail: same ? place : `${declared.version} is declared; ${place}`,
          };
        }),
      );
    },

    async roll(request) {
      const [change, ...more] = request.plan.changes;
      if (!change || more.length > 0)
        throw new OpsError("usage", "the sandbox rolls out one app at a time", { expected: "one app" });
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const { app, from, to } = change;
      const serving = await servingOf(app);
      if (!serving || serving.digest === (from ?? to).digest) return rollOne(app, from ?? to, to, request);
      // A rollout that was killed: git declares what never served alone. Nobody is sent to it; the way is back.
      if (request.direct && serving.digest === to.digest) return settleOne(app, to, request);
      throw new OpsError(
        "conflict",
        `${app} ${serving.version} serves, not ${from?.version}, which is declared`,
        {
          expected: "an app that serves what is declared",
          todo: "`ops release rollback` settles a rollout that was killed; then release again",
        },
      );
    },
  };

  /** What the proxy sends most requests to, if it still runs. */
  async function servingOf(app: App): Promise<State["stable"]> {
    const { stable } = await readState(app);
    return stable && findDaemon(recordOf(stable.id)) ? stable : null;
  }

  /** What is gone back to has served all along: only the half-let-in version goes. */
  async function settleOne(
    app: App,
    to: AppRelease,
    { onStep, signal }: RolloutRequest,
  ): Promise<RolloutResult> {
    const proxy = findDaemon(file(`proxy-${app}.json`)) ?? (await settle(app, to)).record;
    const users = await startLoad(proxy.port, load);
    try {
      await settle(app, to);
      onStep(`${app} ${to.version} serves alone; what a killed rollout had left is gone`);
      while (users.requests() < load.least && !signal.aborted) await clock.sleep(0.1, signal);
      return report({ kind: "go-on" }, await users.stop(), [], app);
    } catch (error) {
      await users.stop().catch(() => undefined);
      throw error;
    }
  }

  async function rollOne(
    app: App,
    from: AppRelease,
    to: AppRelease,
    request: RolloutRequest,
  ): Promise<RolloutResult> {
    const { onStep, signal, direct } = request;
    const {
      control,
      record: { port },
      stable,
    } = await settle(app, from);
    onStep(`${app} ${from.version} serves at http://127.0.0.1:${port}/`);
    const users = await startLoad(port, load);
    let canaryId: string | undefined;
    try {
      canaryId = newId();
      await writeState(app, {
        stable: stateOf(stable, from),
        canary: { id: canaryId, version: to.version, digest: to.digest },
      });
      const service = await startVersion(app, canaryId, to.version);
      const looks: Look[] = [];
      let decision: Decision | { kind: "abort"; metric: undefined; reason: string };
      if (typeof service === "string") decision = { kind: "abort", metric: undefined, reason: service };
      else {
        const canary: Backend = { id: canaryId, version: to.version, port: service.port, weight: 0 };
        decision = direct ? { kind: "go-on" } : await letIn(control, stable, canary, looks, request);
        if (decision.kind === "go-on") {
          await control.route([{ ...canary, weight: 100 }]);
          await writeState(app, {
            stable: stateOf(canary, to),
            canary: { id: stable.id, version: from.version, digest: from.digest },
          });
          await remove(control, stable.id);
          await writeState(app, { stable: stateOf(canary, to), canary: null });
          onStep(
            `${app} ${to.version} serves alone; ${from.version} has answered its last request and is gone`,
          );
        }
      }
      if (decision.kind === "abort") {
        onStep(`aborted: ${decision.reason}`);
        await back(app, control, stable, from, canaryId);
        onStep(`${app} ${from.version} serves alone again`);
      }
      while (users.requests() < load.least && !signal.aborted) await clock.sleep(0.1, signal);
      const result = await users.stop();
      return report(decision, result, looks, app);
    } catch (error) {
      await users.stop().catch(() => undefined);
      const state = await readState(app);
      if (state.stable?.id === stable.id && canaryId) await back(app, control, stable, from, canaryId);
      throw error;
    }
  }

  async function back(
    app: App,
    control: Control,
    stable: Backend,
    from: AppRelease,
    canaryId: string,
  ): Promise<void> {
    await control.route([{ ...stable, weight: 100 }]);
    await remove(control, canaryId);
    await writeState(app, { stable: stateOf(stable, from), canary: null });
  }

  async function letIn(
    control: Control,
    stable: Backend,
    canary: Backend,
    looks: Look[],
    { onStep, signal }: RolloutRequest,
  ): Promise<Decision> {
    const metrics = analysisMetrics(contract, "interactive");
    for (const { weight, hold } of CANARY_STEPS) {
      await control.route([
        { ...stable, weight: 100 - weight },
        { ...canary, weight },
      ]);
      onStep(`${canary.version} gets ${weight} % for ${(hold / speed).toFixed(0)} s`);
      for (let looked = 0; looked < hold / ANALYSIS.interval; looked++) {
        await clock.sleep(ANALYSIS.interval / speed, signal);
        looks.push(await control.look(canary.id));
        const decision = judge(looks, metrics);
        if (decision.kind === "abort") return decision;
      }
    }
    return { kind: "go-on" };
  }
}

function stateOf(
  { id, version }: Backend,
  { digest }: AppRelease,
): { id: string; version: string; digest: string } {
  return { id, version, digest };
}

function report(
  decision: Decision | { kind: "abort"; metric: undefined; reason: string },
  { requests, lost, detail, seconds }: LoadResult,
  looks: readonly Look[],
  app: App,
): RolloutResult {
  const measurements: Measurement[] = [
    { name: "requests", value: requests, unit: "1" },
    { name: "requests-lost", value: lost, unit: "1", ...(decision.kind === "go-on" ? { target: 0 } : {}) },
    { name: "rollout", value: seconds, unit: "s" },
  ];
  const facts = { app, rollout: "sandbox", looks, lost: detail };
  return decision.kind === "go-on"
    ? {
        outcome: "healthy",
        metric: undefined,
        reason:
          looks.length > 0
            ? `${looks.length} looks found nothing wrong`
            : "changed at once, without a canary",
        measurements,
        facts,
      }
    : { outcome: "aborted", metric: decision.metric, reason: decision.reason, measurements, facts };
}
