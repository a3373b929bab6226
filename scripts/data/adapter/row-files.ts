// Files of rows on disk: one JSON value a line, for us alone.
import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import type { RowFiles, RowWriter } from "../port";

const BUFFERED = 256 * 1024;

/** @param directory made when the first file is */
export function createRowFiles(host: Host, directory: string): RowFiles {
  return {
    directory,
    async create(name) {
      await host.ownDirectory(directory, { mode: 0o700 });
      return writer(path.join(directory, name));
    },
    async *read(file) {
      const stream = createReadStream(file);
      const opened = new Promise<void>((resolve, reject) =>
        stream.once("open", () => resolve()).once("error", reject),
      );
      await opened.catch((cause: unknown) => {
        throw new OpsError("usage", `the rows in ${file} cannot be read`, {
          expected: "the file that was written with the plan",
          todo: "make the plan again: its rows are gone",
          cause,
        });
      });
      for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
        yield JSON.parse(line) as unknown;
    },
    async digest(file) {
      const hash = createHash("sha256");
      await pipeline(createReadStream(file), hash);
      return hash.digest("hex");
    },
    remove: (file) => host.removeTree(file),
  };
}

function writer(file: string): RowWriter {
  const descriptor = openSync(file, "wx", 0o600);
  let waiting: string[] = [];
  let size = 0;
  const flush = (): void => {
    const bytes = Buffer.from(waiting.join(""));
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    [waiting, size] = [[], 0];
  };
  return {
    file,
    write(row) {
      const line = `${JSON.stringify(row)}\n`;
      waiting.push(line);
      size += line.length;
      if (size >= BUFFERED) flush();
    },
    close() {
      flush();
      closeSync(descriptor);
    },
  };
}
