// A set of Linux namespaces held by one init process, and how programs enter it.
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OpsError } from "../../core/errors";
import { type Account, accountFor, ourselves } from "../../machine/account";
import { alive, childrenOf, identifyInit, kill } from "../../machine/identity";
import { asAccount, launch } from "../../machine/launch";
import type { ProcessIdentity } from "../../machine/port";
import type { ContainerRequest } from "../port";
import type { Namespaces } from "./separation";

const OPEN_SECONDS = 10;
const CLOSE_SECONDS = 10;

/** Handed over as text: the account that makes the namespaces need not be able to read this checkout. */
const INIT = readFileSync(path.join(__dirname, "init.sh"), "utf8");

const NAMESPACES = ["--net", "--mount", "--pid", "--ipc", "--uts"];

/** One way of getting namespaces from the system. */
interface Way {
  separation: string;
  /** Account that makes the namespaces and enters them; undefined = ourselves. */
  maker: string | undefined;
  unshare: readonly string[];
  nsenter: readonly string[];
  /** What stands between `nsenter` and the program, so that it runs as the container's user. */
  become: readonly string[];
}

function routesIn(request: ContainerRequest, account: Account): Way[] {
  const { uid, gid } = account;
  const root = process.getuid?.() === 0;
  const whose = account.unlisted
    ? `an account of its own (uid ${uid})`
    : "the account of whoever works outside: files are kept apart by what is mounted alone";
  const privileged: Way = {
    separation: `network, mount, pid, ipc and uts namespaces; ${whose}`,
    maker: undefined,
    unshare: [],
    nsenter: [],
    // With no new privileges, no set-uid program inside makes its caller root again.
    become: ["setpriv", ...asAccount(account), "--no-new-privs", "--"],
  };
  const unprivileged: Way = {
    separation: `unprivileged user, network, mount, pid, ipc and uts namespaces; ${whose}`,
    maker: request.user,
    // Mounting wants root in the namespace, PostgreSQL refuses to be root: each program gets its own number back.
    unshare: ["--user", "--map-root-user"],
    nsenter: ["--user", "--preserve-credentials"],
    become: ["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"],
  };
  return root ? [privileged, unprivileged] : [unprivileged];
}

/** @returns the reasons when no way works */
export async function openNamespaces(
  request: ContainerRequest,
  unshare: string,
): Promise<Namespaces | { refused: string }> {
  if (process.platform !== "linux") return { refused: `namespaces need Linux, this is ${process.platform}` };
  const account = (await accountFor(request.user)) ?? ourselves();
  const reasons: string[] = [];
  for (const way of routesIn(request, account)) {
    const holder = await hold(way, request, account, unshare);
    if ("init" in holder) return namespaces(way, request.user, holder);
    reasons.push(holder.refused);
  }
  return { refused: reasons.join("; ") };
}

interface Holder {
  init: ProcessIdentity;
  /** The `unshare` that waits for the init process; ends when the last process inside is gone. */
  parent: ChildProcess;
  ended: Promise<void>;
}

async function hold(
  way: Way,
  request: ContainerRequest,
  { uid, gid }: Account,
  unshare: string,
): Promise<Holder | { refused: string }> {
  const mounts = [
    ...[process.execPath, ...request.readOnly]
      .filter(beyondPrograms)
      .flatMap((place) => ["read-only", place]),
    ...request.writable.flatMap((place) => ["writable", place]),
  ];
  // Programs ask who they are, and the account may be in no file.
  const passwd = `root:x:0:0::/:/usr/sbin/nologin\n${request.user}:x:${uid}:${gid}::/:/bin/sh\n`;
  const flags = [...way.unshare, ...NAMESPACES, "--fork", "--kill-child=KILL", "--mount-proc"];
  const parent = await launch(
    unshare,
    [...flags, "/bin/sh", "-c", INIT, "ops-container", passwd, ...mounts],
    {
      user: way.maker,
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  const ended = new Promise<void>((resolve) => {
    parent.once("close", () => resolve());
    parent.once("error", () => resolve());
  });
  const said = await ready(parent, ended);
  const [child] = said === "ready" && parent.pid !== undefined ? await childrenOf(parent.pid) : [];
  const init = child === undefined ? undefined : await identifyInit(child);
  if (init) return { init, parent, ended };
  parent.kill("SIGKILL");
  await ended;
  return { refused: said === "ready" ? "unshare made no pid namespace" : said };
}

/** @returns `ready`, or why there are no namespaces */
async function ready(parent: ChildProcess, ended: Promise<void>): Promise<string> {
  let errors = "";
  parent.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  parent.stdin?.on("error", () => {});
  const spoke = new Promise<string>((resolve) => {
    parent.stdout?.once("data", () => resolve("ready"));
    parent.once("error", (error) => resolve(error.message));
  });
  const quit = ended.then(() => errors.trim().split("\n")[0] || "unshare ended without a word");
  const late = sleep(OPEN_SECONDS * 1000, `namespaces were not ready in ${OPEN_SECONDS} s`, { ref: false });
  return Promise.race([spoke, quit, late]);
}

/** Inside, programs are where they are outside: these trees are there already. */
function beyondPrograms(place: string): boolean {
  return !["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"].some((tree) => place.startsWith(tree));
}

function namespaces(way: Way, user: string, { init, parent, ended }: Holder): Namespaces {
  const enter = ["--target", String(init.pid), ...way.nsenter, ...NAMESPACES, "--"];
  return {
    isolated: true,
    separation: way.separation,
    init,
    user,
    async enter(as, program, args) {
      // Its pid may belong to somebody else by now, whose namespaces are no isolation.
      if (!(await alive(init))) {
        throw new OpsError("inconclusive", `the init process (pid ${init.pid}) of the container is gone`, {
          expected: "a container that lives until the job closes it",
          todo: "find out who killed it (out of memory?) and run the job again",
        });
      }
      const become = as === "user" ? way.become : [];
      return { program: "nsenter", args: [...enter, ...become, program, ...args], user: way.maker };
    },
    // nsenter forks to get into the pid namespace; everything after it replaces itself with the next.
    programOf: async (wrapper) => (await childrenOf(wrapper))[0],
    async close() {
      await kill(init);
      // The kernel lets process 1 go only after everything else in its pid namespace is gone.
      const late = sleep(CLOSE_SECONDS * 1000, "late" as const, { ref: false });
      if ((await Promise.race([ended, late])) === "late") {
        throw new OpsError(
          "timeout",
          `the container of pid ${parent.pid} is not empty ${CLOSE_SECONDS} s after SIGKILL`,
          {
            expected: "no process left inside",
            todo: `look for processes in uninterruptible sleep: ps -o pid,stat,args --ppid ${init.pid}`,
          },
        );
      }
    },
  };
}
