// `ops restore`: a copy of the platform at a chosen moment, beside the source, checked before it is handed over.
import path from "node:path";
import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { type Arguments, defineJob, number, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { checkpoints } from "../evidence/record";
import { parseObject, parseTarget, showObject, showTarget } from "../postgres/object-name";
import { exercise } from "../restore/exercise";
import { outcomeOf, samples } from "../restore/judge";
import { type PartialRequest, preparePartial } from "../restore/partial/partial-restore";
import { refuseInPlace, swapIn } from "../restore/swap";
import { resolveGoal } from "../restore/target";

export default defineJob({
  name: "restore",
  summary: "Restore the platform to an instant, a checkpoint or the latest state, beside the source",
  clauses: ["DR-RESTORE"],
  cadence: "event",
  effect: "isolated",
  evidence: { kind: "restore" },
  arguments: [
    {
      name: "to",
      kind: "string",
      required: true,
      description: "instant (with a zone, or read as Asia/Shanghai), checkpoint name, or `latest`",
    },
    {
      name: "into",
      kind: "string",
      description: "empty or missing directory that receives the data directory, or with --only the dump",
    },
    {
      name: "only",
      kind: "string",
      description: "only this object: <database> or <database>.<schema>.<table>, quoted as in SQL",
    },
    {
      name: "load-into",
      kind: "string",
      description: "with --only: load it into a new database, or a table into a new <database>.<schema>",
    },
    {
      name: "timeout",
      kind: "number",
      default: 14400,
      description: "limit of the restore and of recovery, seconds",
    },
    {
      name: "over-source",
      kind: "string",
      description: "replace the stopped source; first proof: its database system identifier (pg_controldata)",
    },
    {
      name: "phrase",
      kind: "string",
      description: 'second proof for --over-source: the words "replace <platform> in <environment>"',
    },
  ],
  examples: [
    { command: "ops restore --to latest --into /srv/copy", what: "everything the repository has" },
    {
      command: 'ops restore --to "2026-11-22 04:00:00" --into /srv/copy',
      what: "the state at an instant, read as Asia/Shanghai and echoed in both zones",
    },
    {
      command: "ops restore --to latest --only learning.learning.orders --load-into learning.rescued",
      what: "one table as it was, beside the live one, compared row by row with the copy it came from",
    },
    {
      command: "ops restore --to latest --only learning.learning.orders --into /srv/orders",
      what: "the same as a pg_dump archive",
    },
  ],
  async plan(context, args) {
    const only = partialOf(args);
    const goal = await goalOf(context, text(args, "to")!);
    const target = `target: ${goal.text}${goal.assumedZone ? " (no zone given: read as Asia/Shanghai)" : ""}`;
    if (only) return [target, ...planPartial(only, goal.set.label)];
    return [
      target,
      `restore ${goal.set.label} into ${text(args, "into") ?? path.join(context.copies, "<id>")}`,
      goal.checkpoint
        ? `recover to checkpoint ${goal.checkpoint.name}, compare, then go on`
        : "no checkpoint: content cannot be compared",
      "check, stop cleanly, keep the data directory",
      ...(text(args, "over-source")
        ? ["move the source's data directory aside and put the copy in its place"]
        : []),
    ];
  },
  async run(context, args) {
    const only = partialOf(args);
    if (only) return restorePartly(context, args, only);
    const over = text(args, "over-source");
    if (over !== undefined || text(args, "phrase") !== undefined) {
      await refuseInPlace(context, { systemIdentifier: over, phrase: text(args, "phrase") });
    }
    const goal = await goalOf(context, text(args, "to")!);
    if (goal.assumedZone) context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
    const into = text(args, "into");
    const done = await exercise(context, goal, {
      purpose: "restore",
      ...(into === undefined ? {} : { into: path.resolve(into) }),
      keep: true,
      durable: true,
      timeoutSeconds: number(args, "timeout", 14400),
      samples: await samples(context),
    });
    const outcome = outcomeOf(context, done);
    const data = done.copy?.dataDirectory ?? "";
    const lines = [
      `Target      ${goal.text}`,
      `Data        ${data}`,
      "Contents    unmasked personal data: show it to nobody who has not signed the pledge (CONF-PLEDGE)",
      `To use it   pg_ctl -D '${data}' start   (as ${context.platform.backups.osUser}; review postgresql.conf first)`,
    ];
    if (over !== undefined && done.rtoSeconds !== undefined) lines.push(await swapIn(context, data));
    return { ...outcome, summary: lines.join("\n"), facts: { ...outcome.facts, directory: data } };
  },
});

/** @throws OpsError usage */
function partialOf(args: Arguments): PartialRequest | undefined {
  const [only, loadInto, into] = [text(args, "only"), text(args, "load-into"), text(args, "into")];
  if (only === undefined && loadInto === undefined) return undefined;
  const whole = [text(args, "over-source"), text(args, "phrase")].some((value) => value !== undefined);
  if (only === undefined || whole || (loadInto === undefined) === (into === undefined)) {
    throw new OpsError("usage", "--only and --load-into with options that do not belong to them", {
      expected:
        "--only with either --load-into (a new place on the source) or --into (a directory for the dump)",
    });
  }
  return {
    object: parseObject(only),
    loadInto: loadInto === undefined ? undefined : parseTarget(loadInto),
    into: into === undefined ? undefined : path.resolve(into),
  };
}

function planPartial({ object, loadInto, into }: PartialRequest, label: string): string[] {
  return [
    `restore ${label} into an isolated copy, recover, compare it with the checkpoint`,
    `dump ${showObject(object)} from the copy`,
    loadInto
      ? `load it into ${showTarget(loadInto)} on the source, which must not exist; compare rows and definitions`
      : `leave the dump in ${into}, mode 0600`,
    "remove the copy",
  ];
}

async function restorePartly(context: Context, args: Arguments, only: PartialRequest): Promise<Outcome> {
  const partial = await preparePartial(context, only);
  const goal = await goalOf(context, text(args, "to")!);
  if (goal.assumedZone) context.progress.say("info", `no zone given: read as Asia/Shanghai, ${goal.text}`);
  const done = await exercise(context, goal, {
    purpose: "restore --only",
    layers: partial.layers,
    timeoutSeconds: number(args, "timeout", 14400),
    samples: await samples(context),
  });
  const outcome = outcomeOf(context, done);
  return {
    ...outcome,
    checks: [...outcome.checks, ...partial.checks],
    summary: [`Target      ${goal.text}`, ...partial.lines].join("\n"),
    facts: { ...outcome.facts, only: showObject(only.object) },
  };
}

async function goalOf(
  context: Parameters<typeof checkpoints>[0] & Pick<Parameters<typeof exercise>[0], "backups" | "clock">,
  to: string,
) {
  return resolveGoal(to, await context.backups.list(), await checkpoints(context), context.clock.now());
}
