// Which runs leave evidence: of a job's commands only those that declare it, whether they end well or not.
import { expect, it, vi } from "vitest";
import { parseCommandLine } from "../../../scripts/cli/command-line";
import { runJob } from "../../../scripts/cli/runner";
import { OpsError } from "../../../scripts/core/errors";
import type { Command, JobGroup } from "../../../scripts/core/job";
import { viewOnly } from "../../../scripts/core/view-only";
import { openLedger } from "../../../scripts/evidence/adapter";
import { given } from "../../given";
import { temporary } from "../evidence/adapter/fixture";
import { placeIn } from "../evidence/adapter/place";
import { anyName } from "./line";

type Tools = Parameters<typeof runJob>[1]["context"];

const command = (more: Partial<Command<Tools>>): Command<Tools> => ({
  summary: "Look",
  arguments: { broken: { kind: "flag", description: "whether the database is out of reach" } },
  examples: [],
  plan: async () => ["look"],
  async run(_, { broken }) {
    if (broken) throw new OpsError("unavailable", "the database does not answer");
    return viewOnly({ summary: "" });
  },
  ...more,
});
const JOB: JobGroup<Tools> = {
  name: "look",
  purpose: "know",
  summary: "Look",
  clauses: ["ARC-EVENTS"],
  cadence: "daily",
  effect: "writes",
  evidence: { kind: "look" },
  subcommands: {
    change: command({}),
    show: command({ effect: "reads", evidence: { none: "it only shows what the other has changed" } }),
  },
};

async function entriesAfter(line: string): Promise<string[]> {
  const { options } = placeIn(temporary());
  const ledger = await openLedger(options);
  const context = given<Tools>({
    ledger,
    environment: "sandbox",
    platformName: "sandbox",
    inputs: {},
    actor: "test",
    clock: given<Tools["clock"]>({ now: options.now, seconds: () => 0 }),
    progress: given<Tools["progress"]>({ print: vi.fn() }),
    signal: new AbortController().signal,
  });
  const invocation = await parseCommandLine([JOB], line.split(" "), { names: anyName, version: "0" });
  if (typeof invocation === "number") throw new Error(`${line} is not understood`);
  const composition = { context, cleanUp: async () => {}, publish: async () => {}, close: () => {} };
  await runJob(invocation, composition).catch(() => {});
  return (await ledger.entries()).map(({ predicate }) => `${predicate.job} ${predicate.verdict}`);
}

it.each([
  ["look change", ["look inconclusive"]],
  ["look change --broken", ["look fail"]],
  ["look show", []],
  ["look show --broken", []],
])("%s leaves %j", async (line, expected) => {
  expect(await entriesAfter(line)).toEqual(expected);
});
