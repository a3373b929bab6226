// What a container needs from whatever separates it, and the case in which nothing does.
import type { ProcessIdentity } from "../../machine/port";

export interface Command {
  program: string;
  args: readonly string[];
  /** Account for the host to change to before it runs the program; undefined = ourselves. */
  user: string | undefined;
}

export interface Namespaces {
  readonly isolated: boolean;
  readonly separation: string;
  readonly init: ProcessIdentity | null;
  /** OS user that programs inside run as. */
  readonly user: string;
  /**
   * The command, to be run outside, that runs the program inside: as the container's user, or as whoever made the namespaces
   * and may do there whatever can be done.
   * @throws OpsError inconclusive when the namespaces are gone
   */
  enter(as: "user" | "maker", program: string, args: readonly string[]): Promise<Command>;
  /** Pid, seen from outside, of the program that runs inside under this wrapper; undefined while it is not there yet. */
  programOf(wrapper: number): Promise<number | undefined>;
  /** @throws OpsError timeout when something inside survives SIGKILL */
  close(): Promise<void>;
}

/** Plain processes: everything still runs and can be killed, nothing is proven. */
export function noNamespaces(user: string, reason: string): Namespaces {
  return {
    isolated: false,
    separation: `none (${reason})`,
    init: null,
    user,
    enter: async (as, program, args) => ({ program, args, user: as === "user" ? user : undefined }),
    programOf: async (wrapper) => wrapper,
    close: async () => {},
  };
}
