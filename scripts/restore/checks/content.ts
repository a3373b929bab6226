// Checks that compare the copy with the checkpoint: every row, the schema, roles, sequences; and that check its pages.
import { type Checkpoint, type ClusterState, compareState, totals } from "../../backup/checkpoint";
import { fail, inconclusive, judge, notApplicable, pass } from "../../core/finding";
import { differingCollations } from "../../postgres/collations";
import { contentDatabases, showLeftOut } from "../../postgres/databases";
import { qualified } from "../../postgres/fingerprint";
import { withReaderOnCopy } from "../../postgres/least-rights";
import type { Goal } from "../target";
import type { AnyRestoreCheck, AtTarget, RestoreCheck } from "../test-state";
import { lacksLibrary, missingLibrary, unreadable } from "../unreadable";

const NO_CHECKPOINT = "there is no checkpoint at or before the target that this repository can reach";

/** A checkpoint, and what the copy holds there. */
interface Found {
  checkpoint: Checkpoint;
  goal: Goal;
  copy: ClusterState;
}

/** The differences of one kind, or why there is nothing to compare. */
function compared(
  name: string,
  kind: "content" | "schema" | "roles" | "sequences",
  clean: (found: Found) => string,
): RestoreCheck<"at-checkpoint"> {
  return {
    name,
    stage: "at-checkpoint",
    async look({ checkpoint, goal, stop }) {
      if (!checkpoint || !stop) return inconclusive(NO_CHECKPOINT);
      if ("unreadable" in stop.content)
        return kind === "content" ? stop.content.unreadable : inconclusive("the copy could not be read");
      const copy = stop.content;
      const all = compareState(checkpoint, copy);
      const differences = all[kind].map((difference) =>
        typeof difference === "string"
          ? difference
          : `${difference.database}: ${qualified(difference)}: ${difference.what}`,
      );
      const untold = { content: all.unread, schema: all.unreadSchema, roles: all.unreadRoles, sequences: [] };
      const unread = [...new Set(untold[kind])];
      if (differences.length === 0 && unread.length > 0)
        return inconclusive(`not read: ${unread.join("; ")}; everything else is equal`);
      return judge(differences, clean({ checkpoint, goal, copy }));
    },
  };
}

const content = compared("content", "content", ({ checkpoint, goal, copy }) => {
  const { tables, rows } = totals(copy.databases);
  const excluded = Object.values(checkpoint.databases).flatMap((state) => state.excluded);
  const left =
    excluded.length > 0
      ? `; excluded by name: ${excluded.map((e) => `${qualified(e)} (${e.why})`).join(", ")}`
      : "";
  const databases = checkpoint.leftOut?.map(showLeftOut) ?? checkpoint.uncompared ?? [];
  const apart = databases.length > 0 ? `; not compared: ${databases.join(", ")}` : "";
  const how = goal.target.kind === "restore-point" ? "" : `, replayed to ${goal.text}`;
  return `equal at checkpoint ${checkpoint.name}${how}: ${tables} tables, ${rows} rows${left}${apart}`;
});

const schema = compared("schema", "schema", ({ copy }) => {
  const objects = Object.values(copy.databases).reduce((n, state) => n + Object.keys(state.schema).length, 0);
  return `${objects} objects with owners and grants are equal`;
});

const roles = compared("roles", "roles", ({ checkpoint, copy }) => {
  const without = checkpoint.passwords === false ? "; not their passwords: who reads the source may not" : "";
  return `${Object.keys(copy.roles).length} roles are equal${without}`;
});

const sequences = compared("sequences", "sequences", ({ checkpoint, copy }) => {
  const count = Object.values(copy.databases).reduce((n, state) => n + state.sequences.length, 0);
  const bound = checkpoint.target === "time" ? "" : ", none more than the 32 increments ahead that WAL is";
  return `${count} sequences, none behind${bound}`;
});

const invariants: RestoreCheck<"at-target"> = {
  name: "invariants",
  stage: "at-target",
  async look(state) {
    const declared = state.context.platform.invariants;
    if (declared.length === 0) return notApplicable("the platform declares no business invariants");
    const broken: string[] = [];
    const unread: string[] = [];
    const whose = equalsSource(state) ? ", the source has them too" : "";
    const databases = declared.map(({ database }) => database);
    const reader = `ops_invariants_${state.copy.id.replaceAll(/[^a-z0-9]/g, "_")}`;
    await withReaderOnCopy(state.server, databases, reader, async (copy) => {
      for (const { name, database, sql } of declared) {
        try {
          // A parameter makes it one statement by protocol: what closes the bracket cannot begin another.
          const rows = await copy.query<{ n: string }>(
            database,
            `select count(*)::text as n from (${sql}) as violations where $1`,
            [true],
          );
          if (rows[0]?.n !== "0") broken.push(`${name}: ${String(rows[0]?.n)} violations${whose}`);
        } catch (error) {
          const finding = unreadable(error);
          if (finding?.verdict === "inconclusive") unread.push(`${name}: ${finding.detail}`);
          else broken.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    });
    if (broken.length === 0 && unread.length > 0) return inconclusive(unread.join("; "));
    return judge(broken, `${declared.length} business invariants hold`);
  },
};

/** Whether the copy, as it is at the target, is known to hold the source's rows. A broken fact of the source is no fault of the restore. */
function equalsSource({ goal, checkpoint, stop }: AtTarget): boolean {
  if (goal.target.kind !== "restore-point" || !checkpoint || !stop || "unreadable" in stop.content)
    return false;
  return compareState(checkpoint, stop.content).content.length === 0;
}

const collations: RestoreCheck<"at-target"> = {
  name: "collations",
  stage: "at-target",
  async look({ server: { database } }) {
    const found: string[] = [];
    for (const name of await contentDatabases(database))
      found.push(...(await differingCollations(database, name)));
    return found.length === 0
      ? pass("every collation in use sorts as on the source, as far as it has a version")
      : inconclusive(`text may be ordered otherwise here than on the source: ${found.join("; ")}`);
  },
};

const structure: RestoreCheck<"before-stop"> = {
  name: "amcheck",
  stage: "before-stop",
  needs: "page-checksums",
  async look({ context, copy, server }) {
    const databases = await contentDatabases(server.database);
    const result = await context.servers.amcheck(copy.container, server, databases);
    if (result.problems.length === 0 && result.unable.length > 0)
      return { ...judge(result.unable.map(said), ""), verdict: "inconclusive" };
    return judge(result.problems, `heaps and B-tree indexes of ${result.detail} are sound`);
  },
};

/** A library that is not here, said as everywhere. */
function said(text: string): string {
  const library = missingLibrary(text);
  return library === undefined ? text : `${text}; ${lacksLibrary(library).detail}`;
}

const checksums: RestoreCheck<"stopped"> = {
  name: "page-checksums",
  stage: "stopped",
  needs: "page-checksums",
  async look({ context, copy }) {
    const result = await context.servers.checksums(copy.container, copy.dataDirectory);
    if (!result.enabled) return notApplicable("the cluster was made without data checksums");
    return result.bad === 0 ? pass(`${result.blocks} pages, none damaged`) : fail(result.detail);
  },
};

export const CONTENT_CHECKS: readonly AnyRestoreCheck[] = [
  content,
  schema,
  roles,
  sequences,
  invariants,
  collations,
  structure,
  checksums,
];
