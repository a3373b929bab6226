// WAL as files in a directory, named as PostgreSQL names them: what a managed service gives out for download.
import { open } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import type { WalFiles } from "../port";
import { parseSegment } from "../wal";
import { readWal } from "./read-wal";

/** A segment begins with a long page header (XLogLongPageHeaderData, xlog_internal.h): 24 bytes, then these. */
const HEADER = { bytes: 36, info: 2, address: 8, systemIdentifier: 24, segmentBytes: 32 } as const;
/** XLP_LONG_HEADER */
const LONG = 0x0002;

/** @param user who owns what is read; empty = we ourselves */
export function createWalFiles(host: Host, user: string, directory: string): WalFiles {
  const place = (name: string): string => path.join(directory, name);
  return {
    async list() {
      const names = await host.list(directory).catch((cause: unknown) => {
        throw new OpsError("usage", `${directory} is no directory that can be read`, { cause });
      });
      const files: ({ name: string } & Header)[] = [];
      for (const name of names.filter((each) => /^[0-9A-F]{24}$/.test(each)).sort())
        files.push({ name, ...(await headerOf(place(name))) });
      // A server keeps files for segments to come, which hold what was written long ago.
      while (files.length > 0 && !isItself(files.at(-1)!)) files.pop();
      const [first] = files;
      if (first === undefined)
        throw new OpsError("usage", `${directory} holds no WAL segment`, {
          expected: "files with names of 24 hex digits, whole and not compressed",
          todo: "unpack what was downloaded",
        });
      const { systemIdentifier, segmentBytes } = first;
      const other = files.find(
        (file) =>
          file.systemIdentifier !== systemIdentifier || file.bytes !== segmentBytes || !isItself(file),
      );
      if (other)
        throw wrong(
          place(other.name),
          `${other.bytes} bytes of cluster ${other.systemIdentifier} from ${other.address} on`,
          { expected: `${segmentBytes} bytes of cluster ${systemIdentifier}, those that its name says` },
        );
      return { segments: files.map(({ name, bytes }) => ({ name, bytes })), systemIdentifier, segmentBytes };
    },
    read: (request) =>
      readWal(
        {
          host,
          user,
          fetch: ({ name }, file) => host.copyFile(place(name), file, { user, mode: 0o600 }),
        },
        request,
      ),
  };
}

interface Header {
  systemIdentifier: string;
  segmentBytes: number;
  /** Position in WAL at which it begins, bytes. */
  address: bigint;
  /** Of the file. */
  bytes: number;
}

/** @throws OpsError fail when it is no segment */
async function headerOf(file: string): Promise<Header> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const header = Buffer.alloc(HEADER.bytes);
    const { bytesRead } = await handle.read(header, 0, HEADER.bytes, 0);
    if (bytesRead < HEADER.bytes || (header.readUInt16LE(HEADER.info) & LONG) === 0)
      throw wrong(file, "it does not begin as one", { expected: "a WAL segment, not compressed" });
    const segmentBytes = header.readUInt32LE(HEADER.segmentBytes);
    return {
      systemIdentifier: header.readBigUInt64LE(HEADER.systemIdentifier).toString(),
      segmentBytes,
      address: header.readBigUInt64LE(HEADER.address),
      bytes: size,
    };
  } finally {
    await handle.close();
  }
}

/** It begins where the segment of its name does. */
function isItself({ name, segmentBytes, address }: { name: string } & Header): boolean {
  return parseSegment(name, segmentBytes).number * BigInt(segmentBytes) === address;
}

function wrong(file: string, found: string, more: { expected: string }): OpsError {
  return new OpsError("fail", `${file} is no WAL segment of this cluster: ${found}`, {
    ...more,
    todo: "download it again; nothing was read",
  });
}
