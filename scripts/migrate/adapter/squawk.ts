// Runs squawk on one text and reads its JSON.
import { createRequire } from "node:module";
import { OpsError } from "../../core/errors";
import type { Host } from "../../machine/port";
import { EXCLUDED, type SquawkFinding } from "../squawk";

/** Oldest server that the platforms run; rules depend on it. */
const PG_VERSION = "15.0";

/** The binary lies in a package of its own for each kind of machine; squawk-cli's script only finds it. */
function binary(): string {
  const resolve = createRequire(__filename).resolve;
  const name = process.platform === "win32" ? "squawk.exe" : "squawk";
  try {
    return createRequire(resolve("squawk-cli/package.json")).resolve(
      `@squawk-cli/${process.platform}-${process.arch}/bin/${name}`,
    );
  } catch (cause) {
    throw new OpsError("missing", "squawk is not installed for this machine", {
      expected: `the optional package @squawk-cli/${process.platform}-${process.arch}`,
      todo: "npm install --include=optional",
      cause,
    });
  }
}

interface Reported {
  line: number;
  message: string;
  help: string | null;
  rule_name: string;
}

export async function runSquawk(host: Host, text: string): Promise<SquawkFinding[]> {
  const args = [
    "--reporter",
    "json",
    "--pg-version",
    PG_VERSION,
    ...EXCLUDED.map((rule) => `--exclude=${rule}`),
  ];
  const result = await host.run(binary(), args, { input: text, timeoutSeconds: 60 });
  try {
    // It exits 1 when it found something.
    const found = JSON.parse(result.stdout) as Reported[];
    return found.map(({ rule_name, line, message, help }) => ({
      rule: rule_name,
      line: line + 1,
      message,
      help: help ?? "",
    }));
  } catch (cause) {
    const said = result.stderr.trim().slice(0, 300) || `exit code ${result.exitCode}`;
    throw new OpsError("unavailable", `squawk gave no answer: ${said}`, { cause });
  }
}
