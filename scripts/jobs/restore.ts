// `ops restore`: a copy of the platform at a chosen moment, beside the source, checked before it is handed over.
import path from "node:path";
import { OpsError } from "../core/errors";
import { shellWord } from "../core/text/pasted";
import type { Operated } from "../core/tools";
import { defineJob } from "../job";
import { parseObject, parseTarget } from "../postgres/object-name";
import { requireEmpty } from "../restore/copy";
import { findGoal } from "../restore/lineage";
import { outcomeOf, samples } from "../restore/outcome";
import type { PartialRequest } from "../restore/partial/partial-restore";
import { planPartial, restorePartly } from "../restore/partial/restore-partly";
import { refuseInPlace, swapIn } from "../restore/swap";
import { testRestore } from "../restore/test-restore";
import { decideMasking } from "../restore/unmasked";

export default defineJob({
  name: "restore",
  purpose: "prove",
  summary: "Restore the platform to an instant, a checkpoint or the latest state, beside the source",
  clauses: ["DR-RESTORE"],
  cadence: "event",
  effect: "isolated",
  evidence: { kind: "restore" },
  arguments: {
    to: {
      kind: "text",
      value: "target",
      required: true,
      description: "instant (with a zone, or read as Asia/Shanghai), checkpoint name, or `latest`",
    },
    into: {
      kind: "text",
      value: "directory",
      description: "empty or missing directory that receives the data directory, or with --only the dump",
    },
    only: {
      kind: "text",
      value: "object",
      excludes: ["overSource", "phrase"],
      description: "only this object: <database> or <database>.<schema>.<table>, quoted as in SQL",
    },
    loadInto: {
      kind: "text",
      value: "name",
      needs: "only",
      excludes: ["into"],
      description: "load it into a new database, or a table into a new <database>.<schema>",
    },
    timeline: {
      kind: "whole",
      least: 1,
      most: 0xffff_ffff,
      description: "recover along this timeline (default: the one that the source went along)",
    },
    timeout: {
      kind: "amount",
      value: "seconds",
      default: 14400,
      description: "limit of the restore, of recovery, and of what is run on the copy, seconds",
    },
    overSource: {
      kind: "text",
      value: "identifier",
      excludes: ["into"],
      description: "replace the stopped source; first proof: its database system identifier (pg_controldata)",
    },
    phrase: {
      kind: "text",
      value: "words",
      needs: "overSource",
      description: 'second proof for --over-source: the words "replace <platform> in <environment>"',
    },
    unmasked: {
      kind: "text",
      value: "words",
      excludes: ["overSource", "loadInto"],
      description:
        'leave personal data as they are: the words "show personal data of <platform> in <environment>"; default: masked',
    },
    reason: {
      kind: "text",
      value: "text",
      needs: "unmasked",
      description: "second proof for --unmasked: why it is needed, kept in evidence",
    },
  },
  examples: [
    {
      command: "ops restore --to latest --into /srv/copy",
      what: "Everything the repository has, with pseudonyms for personal data.",
    },
    {
      command: 'ops restore --to "2026-11-22 04:00:00" --into /srv/copy',
      what: "The state at an instant, read as Asia/Shanghai and echoed in both zones.",
    },
    {
      command: "ops restore --to latest --only learning.learning.orders --load-into learning.rescued",
      what: "One table as it was, beside the live one, compared row by row with the copy it came from.",
    },
    {
      command: "ops restore --to latest --only learning.learning.orders --into /srv/orders",
      what: "The same as a pg_dump archive.",
    },
  ],
  async plan(context, { to, timeline, into, overSource, unmasked, ...rest }) {
    if (into !== undefined) await requireEmpty(context.host, path.resolve(into));
    const only = partialOf({ into, ...rest });
    const goal = await findGoal(context, to, timeline);
    const target = `target: ${goal.text}${goal.assumedZone ? " (no zone given: read as Asia/Shanghai)" : ""}`;
    if (only) return [target, ...planPartial(only, goal.set.label)];
    return [
      target,
      `restore ${goal.set.label} into ${into ?? path.join(context.copies, "<id>")}`,
      goal.checkpoint
        ? `recover to checkpoint ${goal.checkpoint.name}, compare, then go on`
        : "no checkpoint: content cannot be compared",
      ...(overSource || unmasked !== undefined
        ? []
        : ["mask the copy as policies/data/masking.yaml declares, and write every table anew"]),
      "check, stop cleanly, keep the data directory",
      ...(overSource ? ["move the source's data directory aside and put the copy in its place"] : []),
    ];
  },
  async run(context, { to, timeline, into, timeout: timeoutSeconds, overSource: over, phrase, ...rest }) {
    if (into !== undefined) await requireEmpty(context.host, path.resolve(into));
    const only = partialOf({ into, ...rest });
    const recovers = over !== undefined || only?.loadInto !== undefined;
    const decision = await decideMasking(context, { recovers, unmasked: rest.unmasked, reason: rest.reason });
    if (only)
      return restorePartly(context, await findGoal(context, to, timeline), timeoutSeconds, only, decision);
    if (over !== undefined || phrase !== undefined)
      await refuseInPlace(context, { systemIdentifier: over, phrase });
    const goal = await findGoal(context, to, timeline);
    if (goal.assumedZone) context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
    const done = await testRestore(context, goal, {
      purpose: "restore",
      ...(into === undefined ? {} : { into: path.resolve(into) }),
      keep: () => recovers || decision.whole(),
      durable: true,
      timeoutSeconds,
      samples: await samples(context),
      restoreChecks: decision.checks(),
      rewrites: decision.masked,
    });
    const outcome = outcomeOf(context, done);
    const data = done.copy?.dataDirectory ?? "";
    const lines = [`Target      ${goal.text}`, `Contents    ${decision.line()}`];
    if (recovers || decision.whole()) lines.push(...handedOver(context, data, over === undefined));
    if (over !== undefined && done.rtoSeconds !== undefined)
      lines.push(decision.whole() ? await swapIn(context, data) : `In place    no: ${decision.obstacle()}`);
    const facts = { ...outcome.facts, ...decision.facts(), directory: data };
    return { ...outcome, summary: lines.join("\n"), facts };
  },
});

function handedOver({ platform }: Pick<Operated, "platform">, data: string, beside: boolean): string[] {
  return [
    `Data        ${data}`,
    `To use it   pg_ctl -D ${shellWord(data)} start   (as ${platform.backups.osUser}; review postgresql.conf first)`,
    ...(beside
      ? ["Archiving   off, by the last line of its postgresql.auto.conf, until it takes the source's place"]
      : []),
  ];
}

/** @throws OpsError usage */
function partialOf(given: {
  only?: string | undefined;
  loadInto?: string | undefined;
  into?: string | undefined;
}): PartialRequest | undefined {
  const { only, loadInto, into } = given;
  if (only === undefined) return undefined;
  if (loadInto === undefined && into === undefined)
    throw new OpsError("usage", "--only without a destination", {
      expected: "--load-into (a new database or schema on the source) or --into (a directory for the dump)",
    });
  return {
    object: parseObject(only),
    loadInto: loadInto === undefined ? undefined : parseTarget(loadInto),
    into: into === undefined ? undefined : path.resolve(into),
  };
}
