// Starts one process: small fixed environment, unprivileged account, its own process group, killed when ops dies.
// node:child_process and not zx: zx goes through a shell, keeps all output in memory and finds children to kill with `ps`.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { codeOf } from "../core/errors";
import { type Account, accountFor, ourselves } from "./account";

const SETPRIV = "/usr/bin/setpriv";

/** Where system programs are, whatever the PATH of the shell that started ops. */
export const STANDARD_PATH = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/opt/homebrew/bin",
];

export interface LaunchOptions {
  user?: string | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  cwd?: string | undefined;
  stdio: SpawnOptions["stdio"];
}

/** @throws OpsError missing when the account does not exist */
export async function launch(
  program: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<ChildProcess> {
  const account = await accountFor(options.user);
  const prefix = existsSync(SETPRIV) ? [SETPRIV, ...privileges(account), "--"] : [];
  const [first = program, ...rest] = [...prefix, program, ...args];
  // Without setpriv (no Linux) Node changes the account itself, with no supplementary groups.
  const identity = account && prefix.length === 0 ? { uid: account.uid, gid: account.gid } : {};
  return spawn(first, rest, {
    ...identity,
    cwd: options.cwd ?? "/",
    env: { ...environment(account ?? ourselves()), ...options.env },
    // Its own group: it can be killed with its children, and Ctrl-C reaches ops alone, which then cleans up in order.
    detached: true,
    stdio: options.stdio,
  });
}

/** `--pdeathsig` dies with the thread that spawned it: even after kill -9 of ops no restore goes on unattended. */
function privileges(account: Account | undefined): string[] {
  const dieWithOps = ["--pdeathsig", "KILL"];
  return account ? [...dieWithOps, ...asAccount(account)] : dieWithOps;
}

/** Options of setpriv that change to an account. */
export function asAccount({ uid, gid, unlisted }: Account): string[] {
  return [`--reuid=${uid}`, `--regid=${gid}`, unlisted ? "--clear-groups" : "--init-groups"];
}

/** Nothing of the caller's locale, zone or PG* variables: the same run behaves the same wherever ops was started. */
function environment(account: Account): Record<string, string> {
  return {
    PATH: STANDARD_PATH.join(":"),
    HOME: account.home,
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
  };
}

/** Signals the whole process group of a launched child; nothing happens when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}
