// `ops data reconcile`: after a restore, what third parties know that the database does not, until each item is replayed or waived.
import path from "node:path";
import { checkpointEvidence } from "../../backup/evidence";
import { OpsError } from "../../core/errors";
import { pass } from "../../core/finding";
import { parseInstant, shanghai } from "../../core/instant";
import { renderTable } from "../../core/table";
import { reconcile } from "../../data/reconcile/reconcile";
import { resolveItems } from "../../data/reconcile/resolve";
import { defineCommand } from "../../job";

export default defineCommand({
  summary:
    "List what payments, invoices and messages third parties know of since a restore point and we do not",
  arguments: {
    since: {
      kind: "text",
      value: "point",
      required: true,
      description:
        "the restore point: an instant (with a zone, or read as Asia/Shanghai) or a checkpoint's name",
    },
    statements: {
      kind: "text",
      value: "directory",
      excludes: ["resolve"],
      description: "directory with the providers' statements, named as policies/data/statements declares",
    },
    resolve: {
      kind: "pairs",
      needs: "reason",
      description: "what was done with items, by id: id=replayed or id=waived, comma-separated",
    },
    reason: {
      kind: "text",
      value: "text",
      needs: "resolve",
      description: "why, or where it is filed; no name",
    },
  },
  clauses: ["DATA-INTEGRITY"],
  evidence: { kind: "data-reconcile" },
  effect: "reads",
  examples: [
    {
      command:
        'ops data reconcile --platform sandbox --since "2026-11-22 04:00:00" --statements /srv/statements',
      what: "Fails while an item is open; each is named by an id and its place in the statement.",
    },
    {
      command:
        'ops data reconcile --platform sandbox --since "2026-11-22 04:00:00" --resolve 0123456789abcdef=waived --reason "refunded, ticket 4711"',
      what: "A decision, kept in evidence.",
    },
  ],
  plan: async ({ platformName }, { resolve }) =>
    Object.keys(resolve).length > 0
      ? ["look in evidence whether these items are open", "keep the decision in evidence"]
      : [
          "read the statements that are declared in policies/data/statements",
          `look on ${platformName} which of their numbers its tables have`,
          "list what is missing and not waived; keep ids and times in evidence",
        ],
  async run(context, { since, statements, resolve, reason }) {
    const point = await pointOf(context, since);
    if (Object.keys(resolve).length > 0) {
      const resolved = await resolveItems(context, point, resolve, reason ?? "");
      const detail = `${resolved.items.length} decisions kept`;
      return {
        checks: [{ name: "decisions-kept", ...pass(detail) }],
        measurements: [],
        artifacts: [],
        facts: { resolved },
        summary: detail,
      };
    }
    if (statements === undefined)
      throw new OpsError("usage", "neither --statements nor --resolve was given", {
        expected: "one of them",
      });
    const forms = context.statements.declared();
    if (forms.length === 0)
      throw new OpsError("config", `no statements are declared of ${context.platform.name}`, {
        expected: "policies/data/statements/<name>.yaml with its platform",
      });
    const { checks, open } = await reconcile(context, forms, {
      since: point,
      directory: path.resolve(statements),
    });
    for (const each of checks) context.progress.check(each);
    const items = open.map(({ id, provider, at }) => ({ id, provider, at }));
    return {
      checks,
      measurements: [],
      artifacts: [],
      facts: { missing: { since: point.toISOString(), items } },
      summary:
        open.length === 0
          ? "Nothing is open."
          : renderTable({
              head: ["Id", "Provider", "Asia/Shanghai", "Number", "Stands in", "State"],
              rows: open.map((each) => [
                each.id,
                each.provider,
                shanghai(new Date(each.at)),
                each.number,
                each.place,
                each.as,
              ]),
              color: context.color,
            }),
    };
  },
});

type Reads = Parameters<typeof checkpointEvidence>[0] & { clock: { now(): Date } };

/** @throws OpsError instant */
async function pointOf(context: Reads, text: string): Promise<Date> {
  const named = (await checkpointEvidence(context)).find(({ checkpoint }) => checkpoint.name === text);
  return named ? new Date(named.checkpoint.at) : parseInstant(text, context.clock.now()).at;
}
