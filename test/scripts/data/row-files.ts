// Files of rows in memory, for tests of what is written through them and in which order.
import { OpsError } from "../../../scripts/core/errors";
import type { RowFiles } from "../../../scripts/data/port";

export interface MemoryFiles {
  rowFiles: RowFiles;
  /** Names of files that are there. */
  names(): string[];
}

export function memoryFiles(): MemoryFiles {
  const files = new Map<string, string[]>();
  const linesOf = (file: string): string[] => {
    const lines = files.get(file);
    if (lines) return lines;
    throw new OpsError("usage", `there is no file ${file}`);
  };
  return {
    names: () => [...files.keys()].sort(),
    rowFiles: {
      directory: "",
      async create(name) {
        if (files.has(name)) throw new Error(`${name} is there already`);
        const lines: string[] = [];
        files.set(name, lines);
        let open = true;
        return {
          file: name,
          write(row) {
            if (!open) throw new Error(`${name} was closed`);
            lines.push(JSON.stringify(row));
          },
          close() {
            open = false;
          },
        };
      },
      async *read(file) {
        for (const line of linesOf(file)) yield JSON.parse(line) as unknown;
      },
      digest: async (file) => linesOf(file).join("\n"),
      async remove(file) {
        files.delete(file);
      },
    },
  };
}
