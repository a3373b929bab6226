// What a running program says: every line to whoever listens, and to its log. It goes through us because the log lies on a
// disk that may be full, where a program that writes by itself loses the one line that says so.
import type { ChildProcess } from "node:child_process";
import type { FileHandle } from "node:fs/promises";
import { createInterface } from "node:readline";
import { ended } from "../../machine/ended";

/**
 * Follows a child, launched just now, whose stdout and stderr are pipes; closes the log at its end. A log that cannot be
 * written becomes a log with gaps: listeners hear every line all the same.
 * @returns when the child is gone and its last line was heard
 */
export async function followOutput(
  child: ChildProcess,
  log: FileHandle,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  const end = ended(child);
  const streams = [child.stdout!, child.stderr!];
  let written = Promise.resolve();
  for (const input of streams) {
    createInterface({ input }).on("line", (line) => {
      onLine(line);
      written = written.then(() => log.appendFile(`${line}\n`)).catch(() => {});
    });
  }
  await (await end).drained();
  for (const stream of streams) stream.destroy();
  await written;
  await log.close().catch(() => {}); // a full or remote disk may say only now that it lost something
}
