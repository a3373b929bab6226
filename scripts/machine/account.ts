// OS accounts that programs may run as.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { OpsError } from "../core/errors";

export interface Account {
  uid: number;
  gid: number;
  home: string;
  /** In no directory of accounts: it has no further groups, and programs cannot look its name up. */
  unlisted?: boolean;
}

/**
 * Accounts that are in no file: `ops-copy-7` is uid and gid FIRST + 7. Between the ranges that systemd and container engines give
 * out and the end of what fits a signed number, nobody gives any out.
 */
const FIRST = 0x7000_0000;
const COPY = /^ops-copy-(\d{1,6})$/;
/** How many there are. */
export const COPY_ACCOUNTS = 65_536;

export function copyAccount(number: number): string {
  return `ops-copy-${number}`;
}

export function copyUid(number: number): number {
  return FIRST + number;
}

const known = new Map<string, Account>();

/**
 * The account to change to; undefined when everything runs as ourselves (no account asked for, it is ours, not root).
 * @throws OpsError missing
 */
export async function accountFor(user: string | undefined): Promise<Account | undefined> {
  if (user === undefined || user === "root" || process.getuid?.() !== 0) return undefined;
  const account = known.get(user) ?? ofCopy(user) ?? (await lookUp(user));
  known.set(user, account);
  return account;
}

function ofCopy(user: string): Account | undefined {
  const number = COPY.exec(user)?.[1];
  if (number === undefined || Number(number) >= COPY_ACCOUNTS) return undefined;
  const uid = copyUid(Number(number));
  return { uid, gid: uid, home: "/", unlisted: true };
}

export function ourselves(): Account {
  const { uid, gid, homedir } = userInfo();
  return { uid, gid, home: homedir };
}

async function lookUp(user: string): Promise<Account> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === user);
  if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] || "/tmp" };
  return lookUpInDirectory(user);
}

/** Accounts of a directory service are in no file; `id` knows them, but not their home. */
async function lookUpInDirectory(user: string): Promise<Account> {
  const id = async (option: "-u" | "-g"): Promise<number> =>
    Number((await promisify(execFile)("id", [option, "--", user])).stdout);
  try {
    return { uid: await id("-u"), gid: await id("-g"), home: "/tmp" };
  } catch (cause) {
    throw new OpsError("missing", `this machine has no account named ${user}`, {
      expected: "the OS account that PostgreSQL and pgBackRest run as",
      todo: "install PostgreSQL, which creates it, or correct `backups.osUser` in the platform file",
      cause,
    });
  }
}
