// What `pgbackrest verify --output=text --verbose` says. Its exit code says nothing: on a flipped byte it is 0.
import { logged } from "./info";

/** @returns ok only when it says so, reports no damage, and read something at all */
export function parseVerify(output: string): { ok: boolean; problems: string[]; detail: string } {
  const problems = [...logged("WARN", output), ...logged("ERROR", output)];
  for (const line of output.split("\n")) {
    const counts = /missing: (\d+), checksum invalid: (\d+), size invalid: (\d+), other: (\d+)/.exec(line);
    if (counts?.slice(1).some((count) => count !== "0")) problems.push(line.trim());
    if (/^\s*backup: .*status: (?!valid)/.test(line)) problems.push(line.trim());
  }
  const ok = /^\s*status: ok\s*$/m.test(output) && problems.length === 0;
  const files = [...output.matchAll(/total (?:files|WAL) checked: (\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  if (!ok && problems.length === 0)
    problems.push(output.trim().slice(0, 500) || "verify said nothing at all");
  return { ok: ok && files > 0, problems, detail: `${files} files and WAL segments read and checked` };
}
