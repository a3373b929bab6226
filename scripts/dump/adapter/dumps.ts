// Keeps dumps in a directory, which may be a mounted bucket: files are written once from front to back, never renamed, changed
// or removed, because whoever writes there may not delete.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { Platform } from "../../../policies/service/service";
import { codeOf, OpsError } from "../../core/errors";
import { accountFor } from "../../machine/account";
import { ownDirectory } from "../../machine/own-directory";
import type { Dumps, StoredFile } from "../port";

export function createDumps(platform: Pick<Platform, "name" | "dumps" | "backups">): Dumps {
  const user = platform.backups.osUser;
  const directory = (): string => {
    if (platform.dumps === undefined)
      throw new OpsError("config", `platform ${platform.name} declares no directory for dumps`, {
        expected: "`dumps: <directory>` in its platform file",
        todo: "policies/service/platforms/README.md shows it",
      });
    if (!path.isAbsolute(platform.dumps))
      throw new OpsError("unavailable", `no adapter for object storage is built: ${platform.dumps}`, {
        expected: "an absolute path",
        todo: "mount the bucket, as k8s/apps/ops.ts does, and name the mount",
      });
    return platform.dumps;
  };
  const place = (dump: string, name: string): string => path.join(directory(), dump, name);

  const put = async (dump: string, name: string, from: Readable): Promise<StoredFile> => {
    const file = place(dump, name);
    const account = await accountFor(user);
    for (const one of [directory(), path.dirname(file)])
      await ownDirectory(one, { user, mode: 0o700, give: true });
    const written = await write(file, from, account);
    const kept = await digestOf(createReadStream(file));
    if (kept.sha256 !== written.sha256)
      throw new OpsError("fail", `${file} reads back different from what was written`, {
        expected: `${written.bytes} bytes, sha256 ${written.sha256}; found ${kept.bytes}, ${kept.sha256}`,
        todo: "do not rely on this dump; look at the disk or the mount and dump again",
      });
    return { name, ...kept };
  };

  return {
    get location() {
      return directory();
    },
    put: (dump, name, file) => put(dump, name, createReadStream(file)),
    putText: (dump, name, text) => put(dump, name, Readable.from([Buffer.from(text)])),
    path: place,
  };
}

type Digest = Omit<StoredFile, "name">;

/** Owner only, from the first byte on: it holds unmasked personal data. @throws OpsError directory, space */
async function write(
  file: string,
  from: Readable,
  account: { uid: number; gid: number } | undefined,
): Promise<Digest> {
  const target = await open(file, "wx", 0o600).catch((error: unknown) => {
    throw hasCode(error, "EEXIST")
      ? new OpsError("directory", `${file} exists`, { expected: "a name that is not in use" })
      : error;
  });
  try {
    if (account) await target.chown(account.uid, account.gid);
    return await digestOf(from, (chunk) => target.writeFile(chunk));
  } catch (error) {
    if (!hasCode(error, "ENOSPC", "EDQUOT")) throw error;
    throw new OpsError("space", `no space left for ${file}`, {
      expected: "a directory with space for the whole dump",
      todo: "free some space; the incomplete dump has no manifest and is never used",
    });
  } finally {
    await target.sync().catch(() => {}); // not every mount can; reading it back decides
    await target.close();
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(codeOf(error));
}

async function digestOf(from: Readable, each?: (chunk: Buffer) => Promise<void>): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    await each?.(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}
