// The processes of one app in the sandbox's rollout: its proxy, and the versions behind it. What serves is written down before
// anything is changed, so that a killed rollout is settled by the next one. Decides nothing.
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { App, AppRelease } from "../../../../policies/service/releases";
import type { Clock } from "../../../core/clock";
import { OpsError } from "../../../core/errors";
import { poll } from "../../../core/poll";
import { makeDirectories } from "../../../machine/directories";
import { type Backend, type Control, createControl } from "./control";
import { type DaemonRecord, findDaemon, startDaemon, stopDaemon } from "./daemon";
import { versionFile } from "./versions";

export interface ProcessOptions {
  clock: Clock;
  /** Records, logs; inside the sandbox, so that they go with it. */
  directory: string;
  /** Socket directory of the sandbox's PostgreSQL. */
  socket: string;
  newId(): string;
}

/** A version and the process that it runs in. */
export interface RunningVersion {
  id: string;
  version: string;
  digest: string;
}

/** What serves, as written down before anything is changed. */
export interface State {
  stable: RunningVersion | null;
  canary: RunningVersion | null;
}

/** One version that serves alone, behind its proxy. */
export interface Settled {
  control: Control;
  proxy: DaemonRecord;
  stable: Backend;
}

const READY_SECONDS = 10;
const DRAIN_SECONDS = 12;

export class AppProcesses {
  constructor(
    readonly app: App,
    private readonly options: ProcessOptions,
  ) {}

  async readState(): Promise<State> {
    const text = await readFile(this.file(`${this.app}.json`), "utf8").catch(
      () => '{"stable":null,"canary":null}',
    );
    return JSON.parse(text) as State;
  }

  writeState(state: State): Promise<void> {
    return writeFile(this.file(`${this.app}.json`), JSON.stringify(state), { mode: 0o600 });
  }

  /** The proxy, when it runs. */
  findProxy(): DaemonRecord | undefined {
    return findDaemon(this.file(`proxy-${this.app}.json`));
  }

  /** The process of a version, when it runs. */
  find(id: string): DaemonRecord | undefined {
    return findDaemon(this.recordOf(id));
  }

  /** What the proxy sends most requests to, if it still runs. */
  async serving(): Promise<RunningVersion | null> {
    const { stable } = await this.readState();
    return stable && this.find(stable.id) ? stable : null;
  }

  /** Starts a version and waits until it says that it is ready. @returns why not, in words, after stopping it again */
  async start(id: string, version: string): Promise<DaemonRecord | string> {
    const { app } = this;
    const { clock, socket } = this.options;
    const log = this.file(`${app}-${version}.log`);
    const args = [versionFile(app, version), socket];
    const record = await startDaemon("service.ts", this.recordOf(id), args, log);
    let last = "no answer";
    const ready = await poll({ clock, every: 0.2, within: READY_SECONDS }, async () => {
      const response = await fetch(`http://127.0.0.1:${record.port}/ready`).catch(() => undefined);
      if (response && !response.ok) last = (await response.text()).slice(0, 200);
      return response?.ok || undefined;
    });
    if (ready) return record;
    await stopDaemon(this.recordOf(id));
    return `${app} ${version} did not become ready within ${READY_SECONDS} s: ${last}`;
  }

  /** Its share is taken first, its last answers are waited for, then it goes. */
  async remove(control: Control, id: string): Promise<void> {
    const drained = async () => (await control.inFlight(id)) === 0 || undefined;
    await poll({ clock: this.options.clock, every: 0.1, within: DRAIN_SECONDS }, drained);
    await stopDaemon(this.recordOf(id));
  }

  /** The version before serves alone, whatever a killed rollout or a restart has left. @throws OpsError unavailable */
  async settle(before: AppRelease): Promise<Settled> {
    makeDirectories(this.options.directory, 0o700);
    const { record: proxy, control } = await this.proxy();
    const state = await this.readState();
    const alive = state.stable && this.find(state.stable.id);
    const keep = state.stable?.digest === before.digest ? alive : null;
    const id = keep && state.stable ? state.stable.id : this.options.newId();
    const service = keep ?? (await this.start(id, before.version));
    if (typeof service === "string")
      throw new OpsError("unavailable", `the version that should be serving: ${service}`);
    const stable: Backend = { id, version: before.version, port: service.port, weight: 100 };
    await this.writeState({ stable: { id, version: before.version, digest: before.digest }, canary: null });
    await control.route([stable]);
    for (const left of [state.canary, state.stable])
      if (left && left.id !== id && this.find(left.id)) await this.remove(control, left.id);
    return { control, proxy, stable };
  }

  private async proxy(): Promise<{ record: DaemonRecord; control: Control }> {
    const tokenFile = this.file(`${this.app}.token`);
    const found = this.findProxy();
    if (found)
      return { record: found, control: createControl(found.port, await readFile(tokenFile, "utf8")) };
    const token = randomBytes(24).toString("hex");
    await writeFile(tokenFile, token, { mode: 0o600 });
    const record = await startDaemon(
      "proxy.ts",
      this.file(`proxy-${this.app}.json`),
      [tokenFile],
      this.file(`proxy-${this.app}.log`),
    );
    return { record, control: createControl(record.port, token) };
  }

  private file(name: string): string {
    return path.join(this.options.directory, name);
  }

  private recordOf(id: string): string {
    return this.file(`service-${id}.json`);
  }
}
