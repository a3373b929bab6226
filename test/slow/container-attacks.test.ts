// Code inside a copy's container really tries to get out, to read what is secret, and to leave something behind. Each attempt fails
// inside; the same attempt outside, by whoever may, succeeds: it is the container that stops it, and not the attempt that is wrong.
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Platform } from "../../policies/service/service";
import type { BackupRepository } from "../../scripts/backup/port";
import { createIsolation } from "../../scripts/isolation/adapter";
import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { type Copy, openCopy } from "../../scripts/restore/copy";
import { reapCopies } from "../../scripts/restore/reap";
import type { RestoreTools } from "../../scripts/restore/tools";
import { given } from "../given";
import { isRoot, user } from "../scripts/machine/accounts";

const host = createHost();
let base: string;
let secretInHome: string;
let onlyUnprivileged: string;
let victim: ChildProcess;
const at = (...names: string[]): string => path.join(base, ...names);
const SECRET = "a passphrase";

beforeAll(async () => {
  base = mkdtempSync("/tmp/opsa-");
  chmodSync(base, 0o755);
  for (const name of ["repository", "source"]) await host.makeDirectory(at(name), { user, mode: 0o700 });
  for (const name of ["copies", "sockets"]) await host.ownDirectory(at(name), { user, mode: 0o711 });
  await host.writeText(at("repository/backup"), SECRET, { user, mode: 0o600 });
  await host.writeText(at("pgbackrest.conf"), SECRET, { user, mode: 0o600 });
  mkdirSync(at("keys"), { mode: 0o700 });
  await host.writeText(at("keys/ed25519.pem"), SECRET, { mode: 0o600 });
  mkdirSync(at("open"));
  chmodSync(at("open"), 0o777);
  mkdirSync(at("precious"));
  writeFileSync(at("precious/file"), "keep");
  secretInHome = mkdtempSync(path.join(homedir(), ".ops-attack-"));
  writeFileSync(path.join(secretInHome, "file"), SECRET);
  onlyUnprivileged = at("unshare");
  const script = '#!/bin/sh\ncase "$*" in --user*) exec unshare "$@" ;; esac\nexit 1\n';
  await host.writeText(onlyUnprivileged, script, { mode: 0o755 });
  victim = spawn("sleep", ["600"], { env: { SECRET } });
});
afterAll(() => {
  victim.kill("SIGKILL");
  for (const place of [base, secretInHome]) rmSync(place, { recursive: true, force: true });
});

let count = 0;
function tools(unshare: string | undefined): RestoreTools {
  return given<RestoreTools>({
    host,
    clock: createClock(),
    newId: () => `20261130t000000-${(++count).toString(16).padStart(6, "0")}`,
    signal: new AbortController().signal,
    defer: () => {},
    copies: at("copies"),
    sockets: at("sockets"),
    platform: given<Platform>({
      backups: given<Platform["backups"]>({ osUser: user, config: at("pgbackrest.conf") }),
    }),
    backupRepository: given<BackupRepository>({ directories: async () => [at("repository")] }),
    isolation: createIsolation(host, unshare === undefined ? {} : { unshare }),
  });
}

interface Attempt {
  what: string;
  /** Exits 0 when it succeeds. */
  script: (own: Copy, other: Copy) => string;
  /** The same attempt where it may succeed: another place, or another user. Default: the same, as ourselves. */
  control?: (own: Copy, other: Copy) => string;
  as?: string;
}

const read = (file: string): string => `grep -q '${SECRET}' '${file}'`;
const ATTEMPTS: Attempt[] = [
  { what: "read pgBackRest's configuration", script: () => read(at("pgbackrest.conf")), as: user },
  { what: "read the repository", script: () => read(at("repository/backup")), as: user },
  { what: "see that there is a repository", script: () => `test -e '${at("repository")}'` },
  { what: "read the ledger's key", script: () => read(at("keys/ed25519.pem")) },
  { what: "read a home", script: () => read(path.join(secretInHome, "file")) },
  { what: "see any home", script: () => "test -e /root || test -e /home" },
  { what: "read another copy", script: (_, other) => read(path.join(other.files, "secret")) },
  { what: "read its own record", script: (own) => `grep -q '${own.id}' '${own.directory}/copy.json'` },
  { what: "see other copies", script: (own) => `ls '${path.dirname(own.directory)}' | grep -v '${own.id}'` },
  { what: "read what a process outside was given", script: () => read(`/proc/${victim.pid}/environ`) },
  {
    what: "see outside through the first process",
    script: () => `test -e /proc/1/root${at("repository")}`,
    control: () => `test -e /proc/self/root${at("repository")}`,
  },
  { what: "signal a process outside", script: () => `kill -0 ${victim.pid}` },
  { what: "write where everybody may", script: () => `touch '${at("open/x")}'` },
  { what: "write beside its data", script: (own) => `touch '${own.directory}/x' && rm '${own.directory}/x'` },
  {
    what: "replace its log by a link",
    script: (own) => `ln -sf /etc/passwd '${own.logFile}'`,
    control: (_, other) => `ln -sf /etc/passwd '${other.logFile}' && rm '${other.logFile}'`,
  },
  {
    what: "move its log away",
    script: (own) => `mv '${own.logFile}' '${own.logFile}.old'`,
    control: (_, other) => `: >'${other.logFile}' && mv '${other.logFile}' '${other.logFile}.old'`,
  },
  {
    what: "write WAL for itself",
    script: (own) => `touch '${own.wal}/x'`,
    control: (_, other) => `touch '${other.wal}/x'`,
  },
  { what: "change a program", script: () => "test -w /usr/bin" },
  {
    what: "use a set-uid program",
    script: (own) => `test "$('${path.dirname(own.logFile)}/suid' -u)" = 0`,
    as: user,
  },
  {
    what: "run a program of its own making",
    script: (own) => `cp /usr/bin/true '${own.files}/t' && '${own.files}/t'`,
  },
  {
    what: "become root in namespaces of its own, and read",
    script: () => `unshare --user --map-root-user --mount ${read(at("pgbackrest.conf"))}`,
    control: () => `unshare --mount ${read(at("pgbackrest.conf"))}`,
  },
  { what: "hear of the network outside", script: () => "ls /sys/class/net" },
  { what: "find a service's socket", script: () => "test -e /run || test -e /var/run" },
];

const ENABLED = { privileged: undefined, unprivileged: () => onlyUnprivileged } as const;

describe.runIf(isRoot).each(["privileged", "unprivileged"] as const)(
  "code inside a copy, namespaces %s",
  (kind) => {
    let own: Copy;
    let other: Copy;
    let context: RestoreTools;
    beforeAll(async () => {
      context = tools(ENABLED[kind]?.());
      [own, other] = [await openCopy(context, "attacked"), await openCopy(context, "beside")];
      expect(own.container.isolated).toBe(true);
      expect(own.container.separation).toMatch(kind === "privileged" ? /^network/ : /^unprivileged user/);
      await own.handOver();
      writeFileSync(own.logFile, "said\n", { mode: 0o600 });
      await host.writeText(path.join(other.files, "secret"), SECRET, {
        user: other.container.user,
        mode: 0o644,
      });
      for (const one of [own, other]) {
        const suid = path.join(path.dirname(one.logFile), "suid");
        await host.copyFile("/usr/bin/id", suid);
        chmodSync(suid, 0o4755);
      }
    });
    afterAll(async () => {
      await own.close();
      await other.close();
      await vi.waitFor(() => expect(existsSync(own.directory) || existsSync(other.directory)).toBe(false));
    });

    const inside = async (script: string): Promise<number> =>
      (await own.container.run("/bin/sh", ["-c", script])).exitCode;

    it("runs under an account of its own, which nothing else of ours has", async () => {
      const { stdout } = await own.container.run("/bin/sh", ["-c", "id -u; id -un; cat /proc/self/status"]);
      const [uid, name] = stdout.split("\n");
      expect(Number(uid)).toBe(statSync(own.dataDirectory).uid);
      expect(name).toBe(own.container.user);
      expect(new Set([own, other].map(({ container }) => container.user)).size).toBe(2);
      for (const place of [at("repository"), at("pgbackrest.conf"), other.files])
        expect(statSync(place).uid).not.toBe(Number(uid));
    });

    it.each(ATTEMPTS)("cannot $what", async ({ script, control, as }) => {
      const result = await own.container.run("/bin/sh", ["-c", script(own, other)]);
      expect(result).not.toMatchObject({ exitCode: 0 });
      const outside = await host.run(
        "/bin/sh",
        ["-c", (control ?? script)(own, other)],
        as ? { user: as } : {},
      );
      expect(outside).toMatchObject({ exitCode: 0 });
      rmSync(at("open/x"), { force: true });
    });

    it("may write its data and its files, and read what it is given", async () => {
      const file = await own.give(at("precious/file"));
      expect(await inside(`touch '${own.dataDirectory}/x' '${own.files}/x' && grep -q keep '${file}'`)).toBe(
        0,
      );
      expect(await inside(`touch '${file}' || rm -f '${file}'`)).not.toBe(0);
    });

    it("hits nothing outside when it kills all that it can", async () => {
      await own.container.run("/bin/sh", ["-c", "kill -9 -1"]);
      expect([victim.exitCode, victim.signalCode]).toEqual([null, null]);
      expect(await inside("true")).toBe(0);
    });

    it("gets nothing of ours to read or copy through a link in the place of a file", async () => {
      const planted = path.join(own.files, "dump");
      expect(await inside(`ln -s '${at("keys/ed25519.pem")}' '${planted}'`)).toBe(0);
      expect(readFileSync(planted, "utf8")).toBe(SECRET); // the control: who follows it, reads it
      await expect(host.copyFile(planted, at("taken"))).rejects.toMatchObject({ exit: "proofs" });
      expect(await inside(`rm '${planted}' && mkfifo '${planted}'`)).toBe(0);
      await expect(host.copyFile(planted, at("taken"))).rejects.toMatchObject({ exit: "proofs" });
      expect(existsSync(at("taken"))).toBe(false);
    });

    it("leaves no process, and nothing that its links lead to is removed with it", async () => {
      const copy = await openCopy(context, "left");
      await copy.handOver();
      const plant = [copy.dataDirectory, copy.tablespaces, copy.files, copy.socketDirectory]
        .map(
          (place) => `ln -s '${at("precious")}' '${place}/link'; ln -s '${at("precious/file")}' '${place}/f'`,
        )
        .join("; ");
      const daemon = "setsid sleep 91.5 >/dev/null 2>&1 </dev/null & ";
      await copy.container.run("/bin/sh", ["-c", `${plant}; ${daemon}`]);
      const running = async () => (await host.run("pgrep", ["-fx", "sleep 91[.]5"])).stdout.trim();
      expect(await running()).not.toBe("");
      expect(readFileSync(path.join(copy.dataDirectory, "link/file"), "utf8")).toBe("keep"); // the control
      await copy.close();
      expect(await running()).toBe("");
      expect([existsSync(copy.directory), existsSync(copy.socketDirectory)]).toEqual([false, false]);
      expect(readFileSync(at("precious/file"), "utf8")).toBe("keep");
    });

    it("finds its log followed to no link, wherever it comes from", async () => {
      const logFile = path.join(own.files, "log");
      symlinkSync(at("precious/file"), logFile);
      await expect(own.container.spawn("/bin/echo", ["taken over"], { logFile })).rejects.toMatchObject({
        exit: "proofs",
      });
      expect(readFileSync(at("precious/file"), "utf8")).toBe("keep");
      expect(lstatSync(logFile).isSymbolicLink()).toBe(true);
    });

    it("hands nothing over that it planted, and a copy that is kept belongs to the platform's account again", async () => {
      const plants = [
        "ln -s /etc/passwd",
        "mkfifo",
        "ln -s ..",
        `ln -s ${at("keys")}`,
        "cp -p /usr/bin/true",
        "none",
      ];
      for (const plant of plants) {
        const copy = await openCopy(context, "kept", { into: at("kept") });
        await copy.handOver();
        const name = `${copy.dataDirectory}/pg_tblspc/planted`;
        const suid = plant.startsWith("cp") ? `; chmod u+s ${name}` : "";
        const fine = `mkdir ${copy.dataDirectory}/pg_tblspc ${copy.tablespaces}/t; ln -s ${copy.tablespaces}/t ${copy.dataDirectory}/pg_tblspc/1`;
        await copy.container.run("/bin/sh", [
          "-c",
          `${fine}${plant === "none" ? "" : `; ${plant} ${name}${suid}`}`,
        ]);
        if (plant === "none") {
          await copy.close({ keepData: true });
          const expected = statSync(at("repository")).uid;
          for (const place of ["", "data", "data/pg_tblspc", "tablespaces/t", "log"])
            expect({ place, uid: statSync(at("kept", place)).uid }).toEqual({ place, uid: expected });
          expect(readdirSync(at("kept")).sort()).toEqual(["copy.json", "data", "log", "tablespaces"]);
          rmSync(at("kept"), { recursive: true });
        } else {
          await expect(copy.close({ keepData: true })).rejects.toMatchObject({
            exit: "fail",
            message: expect.stringContaining("pg_tblspc/planted"),
          });
          await copy.close();
          expect(existsSync(at("kept"))).toBe(false);
        }
      }
    });

    it("is not reaped while its owner lives", async () => {
      expect(await reapCopies(context)).toEqual([]);
      expect(existsSync(own.directory)).toBe(true);
    });
  },
);
