// A small disk of its own, mounted where a test wants it, and filled to the brim. Only where this machine lets us mount.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import type { Ground } from "./ops";

export interface SmallDisk {
  /** Takes all room but so much. */
  fill(leaveBytes: number): void;
  free(): void;
}

const MIB = 1024 * 1024;

/** What the system says when it refuses to mount; undefined when it does not refuse. */
export function mountRefusal(ground: Ground): string | undefined {
  const place = path.join(ground.base, "may-we-mount");
  mkdirSync(place);
  const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "ops-test", place], {
    encoding: "utf8",
  });
  if (status === 0) execFileSync("umount", [place]);
  rmSync(place, { recursive: true });
  return status === 0 ? undefined : (error?.message ?? stderr);
}

/** Mounts a small disk over a directory; what is in it goes along. */
export function mountSmallDisk(ground: Ground, directory: string, bytes: number): SmallDisk {
  mkdirSync(directory, { recursive: true });
  const { uid, gid, mode } = statSync(directory);
  const aside = path.join(ground.base, "disk");
  mkdirSync(aside);
  const options = `size=${bytes},uid=${uid},gid=${gid},mode=${(mode & 0o7777).toString(8)}`;
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "ops-test", aside]);
  execFileSync("cp", ["-a", `${directory}/.`, aside]);
  execFileSync("mount", ["--bind", aside, directory]);
  execFileSync("umount", [aside]);
  rmdirSync(aside);
  ground.mounted.add(directory);
  const filler = path.join(directory, ".filler");
  return {
    fill(leaveBytes) {
      const file = openSync(filler, "w");
      const block = Buffer.alloc(MIB / 4);
      try {
        for (;;) {
          const { bavail, bsize } = statfsSync(directory);
          if (bavail * bsize <= leaveBytes) break;
          writeSync(file, block, 0, Math.min(block.length, bavail * bsize - leaveBytes));
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error; // somebody else was faster: full is full
      } finally {
        closeSync(file);
      }
      chownSync(filler, uid, gid);
    },
    free: () => rmSync(filler, { force: true }),
  };
}

/** Makes a directory read-only for everybody, root included. */
export function mountReadOnly(ground: Ground, directory: string): void {
  execFileSync("mount", ["--bind", directory, directory]);
  execFileSync("mount", ["-o", "remount,bind,ro", directory]);
  ground.mounted.add(directory);
}

export function unmount(ground: Ground): void {
  for (const directory of ground.mounted) execFileSync("umount", ["--lazy", directory]);
  ground.mounted.clear();
}
