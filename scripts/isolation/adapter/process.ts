// A program that runs on inside a container, seen through the wrapper that brought it there. Signals go to the program.
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { ended } from "../../machine/ended";
import { descendantsOf, sendSignal } from "../../machine/identity";
import type { ContainerProcess } from "../port";
import type { Namespaces } from "./separation";

/** The wrapper needs a moment to get inside; a signal waits for it so long. */
const ENTERING_SECONDS = 5;

export interface SpawnedProcess extends ContainerProcess {
  /** SIGKILL to it and its descendants (where there is no pid namespace, they would outlive it); then as `exited`. */
  kill(): Promise<void>;
}

/**
 * @param wrapper a child launched just now, whose end nobody could have missed yet
 * @param heard when all that it said was heard; nobody learns of its end before
 */
export function spawnedProcess(
  wrapper: ChildProcess,
  namespaces: Pick<Namespaces, "programOf">,
  heard: Promise<void>,
): SpawnedProcess {
  let alive = true;
  let running = true;
  const exited = ended(wrapper).then(async ({ exitCode, signal }) => {
    alive = false;
    await heard;
    running = false;
    return { exitCode, signal };
  });

  const program = async (): Promise<number | undefined> => {
    const deadline = performance.now() + ENTERING_SECONDS * 1000;
    while (alive && wrapper.pid !== undefined && performance.now() < deadline) {
      const pid = await namespaces.programOf(wrapper.pid);
      if (pid !== undefined) return pid;
      await sleep(10);
    }
    return undefined;
  };

  return {
    exited,
    running: () => running,
    async signal(name) {
      const pid = await program();
      if (pid !== undefined && alive) sendSignal(pid, name);
    },
    async kill() {
      if (alive && wrapper.pid !== undefined)
        for (const pid of [...(await descendantsOf(wrapper.pid)), wrapper.pid]) sendSignal(pid, "SIGKILL");
      await exited; // also where it is dead already, and its last lines are on their way
    },
  };
}
