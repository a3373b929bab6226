// SQL as text, by PostgreSQL's own programs: pg_dumpall writes it, psql reads it.
import { OpsError } from "../../core/errors";
import type { Database, Refusal } from "../port";
import type { Connection } from "./archive";

export function createScripts({
  args,
  env,
  maintenance,
  name,
  program,
  run,
}: Connection): Pick<Database, "dumpRoles" | "runScript"> {
  return {
    async dumpRoles() {
      const options = ["--roles-only", "--no-role-passwords", "--no-password", ...(await args())];
      // Two servers print the same only in one encoding.
      options.push("--encoding=UTF8", `--database=${maintenance}`);
      const script: Buffer[] = [];
      const onBytes = (part: Buffer): void => void script.push(part);
      const result = await run(await program("pg_dumpall"), options, { env: await env(), onBytes });
      if (result.exitCode !== 0)
        throw new OpsError("unavailable", `pg_dumpall failed: ${result.stderr.trim().slice(0, 500)}`);
      return Buffer.concat(script);
    },

    async runScript(database, file, signal) {
      const options = [
        "--no-psqlrc",
        "--quiet",
        "--set=VERBOSITY=verbose",
        "--no-password",
        ...(await args()),
      ];
      options.push(`--dbname=${name(database)}`, `--file=${file}`);
      const more = { env: await env(), ...(signal ? { signal } : {}) };
      const result = await run(await program("psql"), options, more);
      if (result.exitCode !== 0)
        throw new OpsError("fail", `psql gave up on ${file}: ${result.stderr.trim().slice(-500)}`);
      return refusalsOf(result.stderr);
    },
  };
}

/** One for each statement: a message of several lines may look like more of them, never like fewer. */
export function refusalsOf(stderr: string): Refusal[] {
  return [...stderr.matchAll(/^psql:.*:\d+: (?:ERROR|FATAL): {2}(\w{5}): (.*)$/gm)].map(
    ([, code = "", message = ""]) => ({ code, message }),
  );
}
