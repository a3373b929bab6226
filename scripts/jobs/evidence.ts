// `ops evidence`: reads the ledger, checks it, and hands it to outsiders. Only `verify` leaves evidence of its own.

import type { Context } from "../context";
import { OpsError } from "../core/errors";
import type { Check, Verdict } from "../core/evidence";
import { shanghai, showInstant } from "../core/instant";
import { type Arguments, defineJob, number, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { type Cell, renderTable, type Tone } from "../core/table";
import type { LedgerEntry, LedgerVerification } from "../evidence/port";
import { shown } from "../evidence/shown";

/** Reading leaves no evidence and proves nothing. */
const READING = shown({ record: false });
const TONE: Readonly<Record<Verdict, Tone>> = { pass: "good", fail: "bad", inconclusive: "warn" };

interface Action {
  plan(context: Context, args: Arguments): string[];
  run(context: Context, args: Arguments): Promise<Outcome>;
}

function usage(found: string, expected: string, todo: string): OpsError {
  return new OpsError("usage", found, { expected, todo });
}

// ---- verify ---------------------------------------------------------------------------------------------------------

function checkOf({ entries, problems }: LedgerVerification): Check {
  const first = problems[0];
  if (first) {
    const rest = problems.length > 1 ? `, and ${problems.length - 1} more` : "";
    return { name: "ledger-intact", verdict: "fail", detail: `${first.place}: ${first.found}${rest}` };
  }
  if (entries === 0)
    return { name: "ledger-intact", verdict: "inconclusive", detail: "the ledger has no entries yet" };
  const detail = `complete, unaltered and in order up to the signed head: ${entries} ${entries === 1 ? "entry" : "entries"}`;
  return { name: "ledger-intact", verdict: "pass", detail };
}

function renderVerification(
  { location }: Context["ledger"],
  found: LedgerVerification,
  color: boolean,
): string {
  const { entries, root, key, problems } = found;
  const lines = [
    `Ledger    ${location}`,
    `Entries   ${entries}`,
    `Root      ${root}`,
    `Key       ${key ?? "none yet"}`,
  ];
  if (problems.length === 0)
    return [...lines, entries > 0 ? "Green     nothing was changed" : "Empty"].join("\n");
  const rows = problems.map(({ place, found: what, expected }): Cell[] => [
    { text: place, tone: "bad" },
    what,
    expected,
  ]);
  const table = renderTable({ head: ["Place", "Found", "Expected"], rows, color, maxWidths: [40, 40, 40] });
  return [...lines, table, `Red       ${problems.length} problem(s)`].join("\n");
}

async function verify({ ledger, clock, color, progress }: Context): Promise<Outcome> {
  const started = clock.seconds();
  const found = await progress.phase("verify the ledger", () => ledger.verify());
  const check = checkOf(found);
  progress.check(check);
  const { entries, root, key, problems, extendable } = found;
  return {
    checks: [check],
    measurements: [
      { name: "entries", value: entries, unit: "1" },
      { name: "problems", value: problems.length, unit: "1", target: 0 },
      { name: "verification", value: clock.seconds() - started, unit: "s" },
    ],
    artifacts: [],
    facts: { entries, root, key: key ?? null, problems },
    // On a damaged end nothing can be appended; the exit code and what is printed have to do.
    record: extendable,
    summary: renderVerification(ledger, found, color),
    json: found,
    ...(problems.length > 0 ? { exit: "evidence" as const } : {}),
  };
}

// ---- list, show, export ---------------------------------------------------------------------------------------------

async function list({ ledger, color }: Context, args: Arguments): Promise<Outcome> {
  const job = text(args, "job");
  const last = number(args, "last", 0);
  const entries = (await ledger.entries()).filter(
    ({ predicate }) => job === undefined || predicate.job === job,
  );
  const shown = last > 0 ? entries.slice(-last) : entries;
  const rows = shown.map(({ index, digest, predicate }): Cell[] => [
    String(index),
    predicate.job,
    predicate.platform,
    { text: predicate.verdict, tone: TONE[predicate.verdict] },
    shanghai(new Date(predicate.finished)),
    digest.slice(0, 12),
  ]);
  const head = ["#", "Job", "Platform", "Verdict", "Finished (Asia/Shanghai)", "sha256"];
  const total = `${shown.length} of ${entries.length} entries in ${ledger.location}`;
  return {
    ...READING,
    summary: `${renderTable({ head, rows, color })}\n${total}`,
    json: shown.map(({ predicate, ...rest }) => ({ ...rest, ...briefly(predicate) })),
  };
}

function briefly({
  job,
  platform,
  verdict,
  started,
  finished,
}: LedgerEntry["predicate"]): Record<string, string> {
  return { job, platform, verdict, started, finished };
}

async function show({ ledger }: Context, args: Arguments): Promise<Outcome> {
  const wanted = text(args, "target") ?? "";
  const entries = await ledger.entries();
  const entry = entries.find(({ index }) => String(index) === wanted);
  if (!entry) {
    const range =
      entries.length > 0 ? `a number from 1 to ${entries.length}` : "a number; the ledger is still empty";
    throw usage(`there is no entry "${wanted}"`, range, "see `ops evidence list`");
  }
  const { index, digest, file, predicate } = entry;
  const heading = [`Entry     ${index}`, `File      ${ledger.location}/${file}`, `sha256    ${digest}`];
  const finished = `Finished  ${showInstant(new Date(predicate.finished))}`;
  return {
    ...READING,
    summary: [...heading, finished, JSON.stringify(predicate, null, 2)].join("\n"),
    json: entry,
  };
}

function directoryOf(args: Arguments): string {
  const directory = text(args, "target");
  if (directory) return directory;
  throw usage("no directory was named", "where to export to", "`ops evidence export <new directory>`");
}

async function exportTo({ ledger }: Context, args: Arguments): Promise<Outcome> {
  const directory = directoryOf(args);
  const files = await ledger.exportTo(directory);
  const hint = "Give the head and the fingerprint of the key by another way too; README.md there says why.";
  return {
    ...READING,
    summary: [`Exported  ${directory}: ${files.join(", ")}`, hint].join("\n"),
    json: { directory, files },
  };
}

const ACTIONS: Readonly<Record<string, Action>> = {
  verify: {
    plan: ({ ledger }) => [
      `check signature, chain, day roots, artifacts and head of ${ledger.location}`,
      "print every place that was changed; exit 20 when there is one",
      "append evidence of the verification",
    ],
    run: verify,
  },
  list: { plan: ({ ledger }) => [`print one row for each entry of ${ledger.location}`], run: list },
  show: { plan: (_, args) => [`print entry ${text(args, "target") ?? "(none named)"} in full`], run: show },
  export: {
    plan: ({ ledger }, args) => [
      `copy ${ledger.location}, its head, the public key and the verifier to ${directoryOf(args)}`,
    ],
    run: exportTo,
  },
};

function actionOf(args: Arguments): Action {
  const name = text(args, "action") ?? "";
  const action = ACTIONS[name];
  if (action) return action;
  throw usage(
    `there is no action "${name}"`,
    `one of ${Object.keys(ACTIONS).join(", ")}`,
    "see `ops evidence --help`",
  );
}

export default defineJob({
  name: "evidence",
  summary: "Verify, list, show or export the signed evidence of every job",
  clauses: ["ARC-EVENTS"],
  cadence: "monthly",
  effect: "reads",
  evidence: { kind: "evidence-verification" },
  arguments: [
    {
      name: "action",
      description: "what to do with the ledger",
      kind: "string",
      positional: true,
      required: true,
      choices: Object.keys(ACTIONS),
    },
    {
      name: "target",
      description: "show: number of the entry; export: new directory",
      kind: "string",
      positional: true,
    },
    { name: "job", description: "list: only entries of this job", kind: "string" },
    { name: "last", description: "list: only so many of the newest; 0 = all", kind: "number", default: 0 },
  ],
  examples: [
    { command: "ops evidence verify", what: "Is every entry there, unaltered and in order?" },
    { command: "ops evidence list --job drill --last 5", what: "The last five drills." },
    { command: "ops evidence show 1", what: "The first entry in full." },
    {
      command: "ops evidence export handover",
      what: "All that an outsider needs to check the ledger with Node alone.",
    },
  ],
  offline: true,
  plan: async (context, args) => actionOf(args).plan(context, args),
  run: async (context, args) => actionOf(args).run(context, args),
});
