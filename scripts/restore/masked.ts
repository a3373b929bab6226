// Masking as checks of a restore: at its target, after everything that compares has looked and before anything is handed over; and
// once the server has stopped, what is left of old values goes. A copy that could not be masked is not kept.
import type { MaskedPlatform } from "../../policies/data/masking";
import { majorOf } from "../backup/backup-set";
import { OpsError } from "../core/errors";
import type { Finding } from "../core/evidence";
import { pass } from "../core/finding";
import type { Core, Operated } from "../core/tools";
import { maskWith } from "../masking/mask";
import { filesOf, type Masked, maskCopy } from "../masking/mask-copy";
import type { MaskingTools } from "../masking/port";
import { type OwnFiles, removeTraces } from "../masking/traces";
import type { AnyRestoreCheck, RestoreCheck } from "./test-state";

export interface Masker {
  /** Masks the running copy. */
  rowsCheck: AnyRestoreCheck;
  /** Removes what is left of old values, last of all. */
  lastChecks: readonly AnyRestoreCheck[];
  /** Whether rows are masked, so that something may be taken from the running copy. */
  rows(): boolean;
  /** Whether nothing of old values is left in the stopped copy. */
  whole(): boolean;
  /** What was done, for evidence; no value, and of names only numbers. */
  facts(): Record<string, unknown>;
}

/** @throws OpsError config before anything is restored, where nothing is declared of the platform */
export async function masker(
  context: Pick<Operated, "platform"> & Pick<Core, "progress"> & MaskingTools,
): Promise<Masker> {
  const declared = context.masking.declared();
  if (declared === undefined)
    throw new OpsError("config", `of ${context.platform.name} no personal columns are declared`, {
      expected: `its columns, under platforms in policies/data/masking.yaml`,
      todo: "declare them (`ops data mask --check` names what looks personal), or give --unmasked with its proof",
    });
  const mask = maskWith(await context.masking.key());
  let [masked, files, whole] = [undefined as Masked | undefined, [] as OwnFiles[], false];
  const rows: RestoreCheck<"at-target"> = {
    name: "masked",
    stage: "at-target",
    async look({ server }) {
      masked = await context.progress.phase("mask", (progress) =>
        maskCopy(server.database, declared, mask, progress),
      );
      return said(masked, declared);
    },
  };
  const last: RestoreCheck<"before-stop"> = {
    name: "masked-files",
    stage: "before-stop",
    async look({ server }) {
      if (masked) files = await filesOf(server.database);
      return undefined;
    },
  };
  const traces: RestoreCheck<"stopped"> = {
    name: "masked-traces",
    stage: "stopped",
    async look({ context: { host }, copy, set }) {
      if (!masked || files.length === 0) return undefined;
      const resetwal = await host.program("pg_resetwal", majorOf(set));
      const removed = await removeTraces(copy.container, copy.dataDirectory, resetwal, files);
      await host.writeText(copy.logFile, "What the server said before the copy was masked is not kept.\n");
      whole = true;
      return pass(
        `WAL, logs, statistics and ${removed} files of no relation are gone; every table was written anew`,
      );
    },
  };
  return {
    rowsCheck: rows,
    lastChecks: [last, traces],
    rows: () => masked !== undefined,
    whole: () => whole,
    facts: () => ({ masked: whole, ...(masked ?? {}) }),
  };
}

function said(done: Masked, declared: MaskedPlatform): Finding {
  const emptied =
    done.emptied.length > 0
      ? `; emptied, because they could not be computed anew: ${done.emptied.join(", ")}`
      : "";
  const objects = done.largeObjects > 0 ? `; ${done.largeObjects} large objects removed` : "";
  return pass(
    `${done.values} values in ${done.columns} columns of ${done.tables} tables (${done.rows} rows), as declared of ${declared.platform}${objects}${emptied}`,
  );
}
