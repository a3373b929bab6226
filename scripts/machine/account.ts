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
}

const known = new Map<string, Account>();

/**
 * The account to change to; undefined when everything runs as ourselves (no account asked for, it is ours, not root).
 * @throws OpsError missing
 */
export async function accountFor(user: string | undefined): Promise<Account | undefined> {
  if (user === undefined || user === "root" || process.getuid?.() !== 0) return undefined;
  const account = known.get(user) ?? (await lookUp(user));
  known.set(user, account);
  return account;
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
