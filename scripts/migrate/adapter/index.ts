// Migration files of this checkout, PostgreSQL's grammar (libpg-query, WASM) and squawk. Judges nothing.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../../core/errors";
import { makeDirectories } from "../../machine/directories";
import type { Host } from "../../machine/port";
import type { SqlParse } from "../migration";
import type { MigrationFiles } from "../port";
import { runSquawk } from "./squawk";

/** @param root paths are shown relative to it */
export function createMigrationFiles(host: Host, root: string): MigrationFiles {
  const shown = (file: string): string => path.relative(root, file).split(path.sep).join("/");
  return {
    async read(directory) {
      const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      const files = names.filter((name) => name.endsWith(".sql")).sort();
      return Promise.all(
        files.map(async (name) => {
          const file = path.join(directory, name);
          return { name, shown: shown(file), bytes: await readFile(file) };
        }),
      );
    },
    async create(directory, name, text) {
      const file = path.join(directory, name);
      try {
        makeDirectories(directory);
        await writeFile(file, text, { flag: "wx" });
      } catch (cause) {
        throw new OpsError("directory", `${shown(file)} cannot be created`, {
          expected: "a writable directory that holds no such file",
          cause,
        });
      }
      return shown(file);
    },
    async grammar() {
      const grammar = await import("libpg-query");
      await grammar.loadModule();
      return parserOf(grammar);
    },
    squawk: (text) => runSquawk(host, text),
  };
}

type Grammar = Pick<typeof import("libpg-query"), "hasSqlDetails" | "parseSync">;

/** The library counts statements in bytes and errors in characters; everything here is characters. */
const parserOf =
  ({ hasSqlDetails, parseSync }: Grammar): SqlParse =>
  (sql) => {
    const bytes = Buffer.from(sql);
    const characters = (offset: number): number => bytes.subarray(0, offset).toString("utf8").length;
    try {
      const { stmts = [] } = parseSync(sql);
      return {
        statements: stmts.flatMap(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
          if (!stmt) return [];
          const start = characters(from);
          const end = length ? characters(from + length) : sql.trimEnd().length;
          return [{ node: stmt, start, end }];
        }),
      };
    } catch (error) {
      if (!hasSqlDetails(error) || !error.sqlDetails) throw error;
      const { message, cursorPosition } = error.sqlDetails;
      // Its unit is the code point, ours the UTF-16 unit.
      return { error: { message, at: [...sql].slice(0, Math.max(0, cursorPosition)).join("").length } };
    }
  };
