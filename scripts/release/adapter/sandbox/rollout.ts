// The Rollouts port of the sandbox: real processes of the stand-in behind a real proxy. Steps, figures and decision are those
// of production (policies/service), a minute there being two seconds here.
import type { Contract } from "../../../../policies/contract/contract";
import { analysisMetrics, type Decision, judge, type Look } from "../../../../policies/service/analysis";
import { ANALYSIS, CANARY_STEPS } from "../../../../policies/service/canary";
import type { App, AppRelease, Release } from "../../../../policies/service/releases";
import { OpsError } from "../../../core/errors";
import type { Measurement } from "../../../core/evidence";
import { makeDirectories } from "../../../machine/directories";
import type { AppState, RolloutRequest, RolloutResult, Rollouts } from "../../rollouts";
import type { Backend } from "./control";
import { type Load, type LoadResult, startLoad } from "./load";
import { AppProcesses, type ProcessOptions, type RunningVersion, type Settled } from "./processes";

export interface SandboxRolloutOptions extends ProcessOptions {
  contract: Contract;
  /** Requests that a rollout is watched with. */
  load?: { rate: number; connections: number; least: number };
  /** How much faster than in production; default 30. */
  speed?: number;
}

/** At least 10,000 requests: below that a loss of one in ten thousand could not be seen. */
const LOAD = { rate: 400, connections: 100, least: 10_000 };
const SPEED = 30;

/** By the metrics, or because the new version never became ready. */
type Decided = Decision | { kind: "abort"; metric: undefined; reason: string };

const GO_ON: Decision = { kind: "go-on" };

/** One rollout from the version that serves to the one that shall. */
interface Change extends Settled {
  processes: AppProcesses;
  from: AppRelease;
  to: AppRelease;
  canaryId: string;
  request: RolloutRequest;
}

export function createSandboxRollouts(options: SandboxRolloutOptions): Rollouts {
  return new SandboxRollouts(options);
}

class SandboxRollouts implements Rollouts {
  readonly how = "sandbox: stand-in processes behind a local proxy";
  private readonly load: Required<SandboxRolloutOptions>["load"];
  private readonly speed: number;

  constructor(private readonly options: SandboxRolloutOptions) {
    this.load = options.load ?? LOAD;
    this.speed = options.speed ?? SPEED;
  }

  async status({ apps }: Release): Promise<AppState[]> {
    const declared = Object.entries(apps) as [App, AppRelease][];
    return Promise.all(declared.map(([app, release]) => stateOfApp(this.processesOf(app), release)));
  }

  async roll(request: RolloutRequest): Promise<RolloutResult> {
    const [change, ...more] = request.plan.changes;
    if (!change || more.length > 0)
      throw new OpsError("usage", "the sandbox rolls out one app at a time", { expected: "one app" });
    makeDirectories(this.options.directory, 0o700);
    const { app, from, to } = change;
    const processes = this.processesOf(app);
    const serving = await processes.serving();
    if (!serving || serving.digest === (from ?? to).digest)
      return this.replace(processes, from ?? to, to, request);
    // A rollout that was killed: git declares what never served alone. Nobody is sent to it; the way is back.
    if (request.direct && serving.digest === to.digest) return this.settle(processes, to, request);
    throw new OpsError(
      "conflict",
      `${app} ${serving.version} serves, not ${from?.version}, which is declared`,
      {
        expected: "an app that is serving the declared version",
        todo: "`ops release rollback` settles a rollout that was killed; then release again",
      },
    );
  }

  /** What is gone back to has served all along: only the half-let-in version goes. */
  private async settle(
    processes: AppProcesses,
    to: AppRelease,
    { onStep, signal }: RolloutRequest,
  ): Promise<RolloutResult> {
    const { app } = processes;
    const proxy = processes.findProxy() ?? (await processes.settle(to)).proxy;
    const users = await startLoad(proxy.port, this.load);
    try {
      await processes.settle(to);
      onStep(`${app} ${to.version} serves alone; what a killed rollout had left is gone`);
      await this.enough(users, signal);
      return report(GO_ON, await users.stop(), [], app);
    } catch (error) {
      await users.stop().catch(() => undefined);
      throw error;
    }
  }

  /** The new version takes the place of the old one under load, or the old one serves on. */
  private async replace(
    processes: AppProcesses,
    from: AppRelease,
    to: AppRelease,
    request: RolloutRequest,
  ): Promise<RolloutResult> {
    const { app } = processes;
    const settled = await processes.settle(from);
    request.onStep(`${app} ${from.version} serves at http://127.0.0.1:${settled.proxy.port}/`);
    const users = await startLoad(settled.proxy.port, this.load);
    const change: Change = { ...settled, processes, from, to, canaryId: this.options.newId(), request };
    const { stable } = change;
    try {
      const looks: Look[] = [];
      const decided = await this.letIn(change, looks);
      if (decided.kind === "abort") {
        request.onStep(`aborted: ${decided.reason}`);
        await goBack(change);
        request.onStep(`${app} ${from.version} serves alone again`);
      }
      await this.enough(users, request.signal);
      return report(decided, await users.stop(), looks, app);
    } catch (error) {
      await users.stop().catch(() => undefined);
      if ((await processes.readState()).stable?.id === stable.id) await goBack(change);
      throw error;
    }
  }

  /** @param looks what was seen is added here, also when it ends in an error */
  private async letIn(change: Change, looks: Look[]): Promise<Decided> {
    const { processes, stable, from, to, canaryId, request } = change;
    const canaryState = { id: canaryId, version: to.version, digest: to.digest };
    await processes.writeState({ stable: running(stable, from), canary: canaryState });
    const service = await processes.start(canaryId, to.version);
    if (typeof service === "string") return { kind: "abort", metric: undefined, reason: service };
    const canary: Backend = { id: canaryId, version: to.version, port: service.port, weight: 0 };
    const decided = request.direct ? GO_ON : await this.analyse(change, canary, looks);
    if (decided.kind === "go-on") await switchOver(change, canary);
    return decided;
  }

  /** Step by step, until the metrics say no or the steps are done. */
  private async analyse(
    { control, stable, request: { onStep, signal } }: Change,
    canary: Backend,
    looks: Look[],
  ): Promise<Decision> {
    const { clock, contract } = this.options;
    const metrics = analysisMetrics(contract, "interactive");
    for (const { weight, hold } of CANARY_STEPS) {
      await control.route([
        { ...stable, weight: 100 - weight },
        { ...canary, weight },
      ]);
      onStep(`${canary.version} gets ${weight} % for ${(hold / this.speed).toFixed(0)} s`);
      for (let looked = 0; looked < hold / ANALYSIS.interval; looked++) {
        await clock.sleep(ANALYSIS.interval / this.speed, signal);
        looks.push(await control.look(canary.id));
        const decision = judge(looks, metrics);
        if (decision.kind === "abort") return decision;
      }
    }
    return GO_ON;
  }

  /** Waits for as many requests as a loss could be seen in. */
  private async enough(users: Load, signal: AbortSignal): Promise<void> {
    while (users.requests() < this.load.least && !signal.aborted) await this.options.clock.sleep(0.1, signal);
  }

  private processesOf(app: App): AppProcesses {
    return new AppProcesses(app, this.options);
  }
}

/** The new version serves all, and the old one goes when it has answered its last request. */
async function switchOver(
  { processes, control, stable, from, to, request }: Change,
  canary: Backend,
): Promise<void> {
  await control.route([{ ...canary, weight: 100 }]);
  await processes.writeState({ stable: running(canary, to), canary: running(stable, from) });
  await processes.remove(control, stable.id);
  await processes.writeState({ stable: running(canary, to), canary: null });
  request.onStep(
    `${processes.app} ${to.version} serves alone; ${from.version} has answered its last request and is gone`,
  );
}

async function goBack({ processes, control, stable, from, canaryId }: Change): Promise<void> {
  await control.route([{ ...stable, weight: 100 }]);
  await processes.remove(control, canaryId);
  await processes.writeState({ stable: running(stable, from), canary: null });
}

async function stateOfApp(processes: AppProcesses, declared: AppRelease): Promise<AppState> {
  const { app } = processes;
  const { stable, canary } = await processes.readState();
  const proxy = processes.findProxy();
  const alive = stable && proxy && processes.find(stable.id);
  if (!alive) return { app, serving: undefined, health: "unknown", detail: "nothing runs yet" };
  const serving = stable.version;
  const address = `http://127.0.0.1:${proxy.port}/`;
  if (canary && processes.find(canary.id))
    return { app, serving, health: "progressing", detail: `${canary.version} is let in; ${address}` };
  return stable.digest === declared.digest
    ? { app, serving, health: "healthy", detail: address }
    : { app, serving, health: "degraded", detail: `${declared.version} is declared; ${address}` };
}

function running({ id, version }: Backend, { digest }: AppRelease): RunningVersion {
  return { id, version, digest };
}

function report(
  decision: Decided,
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
