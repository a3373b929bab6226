// How pgBackRest is told to remove exactly what we name. Pure; runs nothing.
import { OpsError } from "../../../core/errors";

/** Retention that expires nothing by itself: pgBackRest applies its own rules on every run, whatever it was asked. */
const KEEP_ALL = 9_999_999;

/**
 * Without a label only WAL goes: continuous archive is kept for as many full backups as there are, so what is older than
 * the oldest of them, and needed by none, is removed.
 * @param numbers of the stanza's repositories
 * @param fulls full backups in the repository
 * @throws OpsError unavailable when there is more than one repository
 */
export function expireArguments(
  numbers: readonly number[],
  fulls: number,
  label: string | undefined,
  dryRun: boolean,
): string[] {
  if (numbers.length > 1) {
    throw new OpsError("unavailable", `there are ${numbers.length} repositories`, {
      expected: "one: what each of them alone can restore is not known here",
      todo: "expire them with pgbackrest, one after the other",
    });
  }
  const repository = `repo${numbers[0] ?? 1}`;
  const retention = {
    "retention-full-type": "count",
    "retention-full": KEEP_ALL,
    "retention-diff": KEEP_ALL,
    "retention-archive-type": "full",
    "retention-archive": label === undefined ? Math.max(1, fulls) : KEEP_ALL,
  };
  return [
    "expire",
    ...(label === undefined ? [] : [`--set=${label}`]),
    ...(dryRun ? ["--dry-run"] : []),
    ...Object.entries(retention).map(([name, value]) => `--${repository}-${name}=${value}`),
    "--log-level-console=info",
  ];
}

/** Labels that pgBackRest says it removed, or would remove. */
export function removedBackups(output: string): string[] {
  return [...output.matchAll(/remove expired backup (\S+)/g)].map((match) => match[1]!);
}
