// A container: programs run inside namespaces, are signalled there, and are all gone when it is closed.
import { accountFor, ourselves } from "../../machine/account";
import { type LaunchOptions, launch } from "../../machine/launch";
import type { Host, RunOptions, RunResult } from "../../machine/port";
import { openLog } from "../../machine/records";
import { limitOf } from "../limit";
import type { Container, ContainerRequest } from "../port";
import { readEgress } from "./egress";
import { followOutput } from "./output";
import { probe } from "./probe";
import { type SpawnedProcess, spawnedProcess } from "./process";
import type { Namespaces } from "./separation";

export async function createContainer(
  host: Host,
  request: ContainerRequest,
  namespaces: Namespaces,
): Promise<Container> {
  const { user: insider } = namespaces;
  const { home } = (await accountFor(insider)) ?? ourselves();
  const limitSeconds = limitOf(request.limitSeconds);
  const closing = new AbortController();
  const runs = new Set<Promise<RunResult>>();
  const spawned = new Set<SpawnedProcess>();

  const run = async (
    as: "user" | "maker",
    line: readonly [string, ...string[]],
    options: RunOptions = {},
  ): Promise<RunResult> => {
    const [program, ...args] = options.cwd === undefined ? line : inDirectory(options.cwd, line);
    const { cwd: _outside, user: _fixed, env, signal, ...rest } = options;
    const command = await namespaces.enter(as, program, args);
    const running = host.run(command.program, command.args, {
      timeoutSeconds: limitSeconds,
      ...rest,
      ...(command.user === undefined ? {} : { user: command.user }),
      env: { HOME: home, ...env },
      signal: AbortSignal.any(signal ? [signal, closing.signal] : [closing.signal]),
    });
    runs.add(running);
    return running.finally(() => runs.delete(running));
  };

  const spawn: Container["spawn"] = async (program, args, { logFile, onLine, env }) => {
    const { user, ...command } = await namespaces.enter("user", program, args);
    const log = await openLog(logFile);
    const options: LaunchOptions = { user, env: { HOME: home, ...env }, stdio: ["ignore", "pipe", "pipe"] };
    const wrapper = await launch(command.program, command.args, options).catch(async (error: unknown) => {
      await log.close();
      throw error;
    });
    const process = spawnedProcess(wrapper, namespaces, followOutput(wrapper, log, onLine));
    spawned.add(process);
    void process.exited.then(() => spawned.delete(process));
    return process;
  };

  const close = async (): Promise<void> => {
    await namespaces.close();
    // Only where nothing encloses them is anything left to be killed one by one.
    closing.abort();
    await Promise.all([...spawned].map((process) => process.kill()));
    await Promise.allSettled(runs);
  };

  let closed: Promise<void> | undefined;
  return {
    id: request.id,
    user: insider,
    separation: namespaces.separation,
    isolated: namespaces.isolated,
    init: namespaces.init,
    limitSeconds,
    run: (program, args, options) => run("user", [program, ...args], options),
    spawn,
    async probe(probes) {
      const inside = (as: "user" | "maker", program: string, args: readonly string[]) =>
        run(as, [program, ...args]);
      // The control is made by whoever may: ourselves, or where root is refused (a network share) the account we work for.
      const outside = (as: "user" | "maker", program: string, args: readonly string[]) =>
        host.run(program, args, as === "user" ? { user: request.outside } : {});
      return Promise.all(probes.map((one) => probe(one, { inside, outside })));
    },
    egress: () => readEgress((program, args) => run("user", [program, ...args])),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** A working directory given to nsenter itself would be one of the outside, with a way back to what is hidden. */
function inDirectory(directory: string, line: readonly string[]): [string, ...string[]] {
  return ["/bin/sh", "-c", 'cd "$0" && exec "$@"', directory, ...line];
}
