// Checks that compare the copy with the checkpoint: every row, the schema, roles, sequences; and that check its pages.
import { compareState, totals } from "../../backup/checkpoint";
import { fail, inconclusive, judge, notApplicable, pass } from "../../core/finding";
import { qualified } from "../../postgres/fingerprint";
import { contentDatabases } from "../../postgres/read-state";
import { copyDatabase, type RestoreCheck, type TestState } from "../test-state";

const NO_CHECKPOINT = "there is no checkpoint at or before the target that this repository can reach";

/** The differences of one kind, or why there is nothing to compare. */
function compared(
  name: string,
  kind: "content" | "schema" | "roles" | "sequences",
  clean: (testState: TestState) => string,
): RestoreCheck {
  return {
    name,
    stage: "at-checkpoint",
    async look(testState) {
      if (!testState.checkpoint) return inconclusive(NO_CHECKPOINT);
      if (!testState.found && kind === "content" && testState.unreadable) return fail(testState.unreadable);
      if (!testState.found) return inconclusive("the copy could not be read");
      const differences = compareState(testState.checkpoint, testState.found)[kind].map((difference) =>
        typeof difference === "string"
          ? difference
          : `${difference.database}: ${qualified(difference)}: ${difference.what}`,
      );
      return judge(differences, clean(testState));
    },
  };
}

const content = compared("content", "content", ({ checkpoint, goal, found }) => {
  const { tables, rows } = totals(found!.databases);
  const excluded = Object.values(checkpoint!.databases).flatMap((state) => state.excluded);
  const left =
    excluded.length > 0
      ? `; excluded by name: ${excluded.map((e) => `${qualified(e)} (${e.why})`).join(", ")}`
      : "";
  const how = goal.target.kind === "restore-point" ? "" : `, replayed to ${goal.text}`;
  return `equal at checkpoint ${checkpoint!.name}${how}: ${tables} tables, ${rows} rows${left}`;
});

const schema = compared("schema", "schema", ({ found }) => {
  const objects = Object.values(found!.databases).reduce(
    (n, state) => n + Object.keys(state.schema).length,
    0,
  );
  return `${objects} objects with owners and grants are equal`;
});

const roles = compared(
  "roles",
  "roles",
  ({ found }) => `${Object.keys(found!.roles).length} roles are equal`,
);

const sequences = compared("sequences", "sequences", ({ checkpoint, found }) => {
  const count = Object.values(found!.databases).reduce((n, state) => n + state.sequences.length, 0);
  const bound = checkpoint!.target === "time" ? "" : ", none more than the 32 increments ahead that WAL is";
  return `${count} sequences, none behind${bound}`;
});

const invariants: RestoreCheck = {
  name: "invariants",
  stage: "at-target",
  async look(testState) {
    const declared = testState.context.platform.invariants;
    if (declared.length === 0) return notApplicable("the platform declares no business invariants");
    const broken: string[] = [];
    const whose = equalsSource(testState) ? ", the source has them too" : "";
    for (const { name, database, sql } of declared) {
      try {
        const rows = await copyDatabase(testState).query(
          database,
          `select count(*)::text as n from (${sql}) as violations`,
        );
        if (rows[0]?.n !== "0") broken.push(`${name}: ${String(rows[0]?.n)} violations${whose}`);
      } catch (error) {
        broken.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return judge(broken, `${declared.length} business invariants hold`);
  },
};

/** Whether the copy, as it is at the target, is known to hold the source's rows. Who reads of a fault asks whose it is. */
function equalsSource({ goal, checkpoint, found }: TestState): boolean {
  if (goal.target.kind !== "restore-point" || !checkpoint || !found) return false;
  return compareState(checkpoint, found).content.length === 0;
}

const structure: RestoreCheck = {
  name: "amcheck",
  stage: "before-stop",
  needs: "page-checksums",
  async look(testState) {
    const { servers } = testState.context;
    const databases = await contentDatabases(copyDatabase(testState));
    const result = await servers.amcheck(testState.copy!.container, testState.server!, databases);
    if (!result.available) return inconclusive(result.detail);
    return judge(result.problems, `heaps and B-tree indexes of ${result.detail} are sound`);
  },
};

const checksums: RestoreCheck = {
  name: "page-checksums",
  stage: "stopped",
  needs: "page-checksums",
  async look({ context, copy }) {
    const result = await context.servers.checksums(copy!.container, copy!.dataDirectory);
    if (!result.enabled) return notApplicable("the cluster was made without data checksums");
    return result.bad === 0 ? pass(`${result.blocks} pages, none damaged`) : fail(result.detail);
  },
};

export const CONTENT_CHECKS: readonly RestoreCheck[] = [
  content,
  schema,
  roles,
  sequences,
  invariants,
  structure,
  checksums,
];
