// Which runs leave evidence: of a job's commands only those that declare it, whether they end well or not; what their last line says.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { discoverJobs } from "../../../scripts/cli/adapter/registry";
import { parseCommandLine } from "../../../scripts/cli/command-line";
import { runJob } from "../../../scripts/cli/runner";
import { OpsError } from "../../../scripts/core/errors";
import { type Command, commandsOf, type JobGroup } from "../../../scripts/core/job";
import { NO_PLATFORM } from "../../../scripts/core/tools";
import { viewOnly } from "../../../scripts/core/view-only";
import { openLedger } from "../../../scripts/evidence/adapter";
import { createHost } from "../../../scripts/machine";
import { given } from "../../given";
import { ROOT, temporary } from "../../policies/repository";
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
    told: command({ report: true }),
    files: command({ target: "checkout", evidence: { none: "it only shows what lies in the checkout" } }),
    "files-recorded": command({ target: "checkout" }),
    show: command({ effect: "reads", evidence: { none: "it only shows what the other has changed" } }),
  },
};

async function run(line: string, platformName = "sandbox") {
  const { options } = placeIn(temporary());
  const ledger = await openLedger(options);
  const print = vi.fn<(text: string) => void>();
  const context = given<Tools>({
    ledger,
    environment: "sandbox",
    platformName,
    inputs: {},
    actor: "test",
    clock: given<Tools["clock"]>({ now: options.now, seconds: () => 0 }),
    progress: given<Tools["progress"]>({ print }),
    signal: new AbortController().signal,
  });
  const invocation = await parseCommandLine([JOB], line.split(" "), { names: anyName, version: "0" });
  if (typeof invocation === "number") throw new Error(`${line} is not understood`);
  const composition = { context, cleanUp: async () => {}, publish: async () => {}, close: () => {} };
  await runJob(invocation, composition).catch(() => {});
  const entries = (await ledger.entries()).map(({ predicate }) => `${predicate.job} ${predicate.verdict}`);
  return { entries, last: print.mock.calls.flat().join("\n").split("\n").at(-1) };
}

it.each([
  ["look change", ["look inconclusive"]],
  ["look change --broken", ["look fail"]],
  ["look show", []],
  ["look show --broken", []],
])("%s leaves %j", async (line, expected) => {
  expect((await run(line)).entries).toEqual(expected);
});

it.each([
  ["look change", "sandbox", "Acted on  environment sandbox, platform sandbox"],
  ["look show", "sandbox", "Acted on  environment sandbox, platform sandbox"],
  ["look show --dry-run", "sandbox", "Would act on  environment sandbox, platform sandbox"],
  ["look show", NO_PLATFORM, "Acted on  environment sandbox, no platform of its own"],
  // On the checkout alone, unless evidence was left: that belongs to an environment.
  ["look files", "sandbox", ""],
  ["look files-recorded", "sandbox", "Acted on  environment sandbox, platform sandbox"],
])("the last line of %s on %s: %s", async (line, platform, expected) => {
  expect((await run(line, platform)).last).toBe(expected);
});

describe("a report", () => {
  /** @param reports folder that it is written to */
  async function reported(line: string, reports: string) {
    const { options } = placeIn(temporary());
    const ledger = await openLedger(options);
    const said: string[] = [];
    const context = given<Tools>({
      ledger,
      reports,
      host: createHost(),
      contract: loadContract(ROOT),
      newId: () => "20261123-abc",
      environment: "sandbox",
      platformName: "sandbox",
      inputs: { command: "ops look told" },
      actor: "test",
      clock: given<Tools["clock"]>({ now: options.now, seconds: () => 0 }),
      progress: given<Tools["progress"]>({
        print: (text) => void said.push(...text.split("\n")),
        say: (_, text) => void said.push(text),
      }),
      signal: new AbortController().signal,
    });
    const invocation = await parseCommandLine([JOB], line.split(" "), { names: anyName, version: "0" });
    if (typeof invocation === "number") throw new Error(`${line} is not understood`);
    const composition = { context, cleanUp: async () => {}, publish: async () => {}, close: () => {} };
    await runJob(invocation, composition).catch(() => {});
    const [entry] = await ledger.entries();
    const pages = existsSync(reports) ? readdirSync(reports).sort() : [];
    return {
      entry: entry!.predicate,
      pages,
      said,
      read: (file: string) => readFileSync(`${reports}/${file}`, "utf8"),
    };
  }

  it("is written, named at the end and kept with the evidence", async () => {
    const { entry, pages, said, read } = await reported("look told", path.join(temporary(), "reports"));
    expect(pages).toEqual(["look-20261123-abc.html", "look-20261123-abc.md"]);
    expect(entry.artifacts.map(({ name }) => name)).toEqual(pages);
    expect(said.filter((text) => text.startsWith("Report    "))).toHaveLength(2);
    expect(read(pages[0]!)).toContain("Sandbox: a small platform");
    expect(read(pages[1]!)).toContain("ops look: inconclusive");
  });

  it("is written of a run that broke off, too", async () => {
    const { pages, read } = await reported("look told --broken", path.join(temporary(), "reports"));
    expect(read(pages[0]!)).toContain("the database does not answer");
  });

  it("that cannot be written is said, and costs no evidence", async () => {
    const { entry, said } = await reported("look told", "/proc/reports");
    expect(entry).toMatchObject({ job: "look", artifacts: [] });
    expect(said.join("\n")).toContain("the report could not be written");
  });

  it("is left by every job whose findings runbooks send people to", async () => {
    const jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
    const reporting = jobs.flatMap(commandsOf).filter(({ command }) => command.report === true);
    expect(reporting.map(({ words }) => words.join(" "))).toEqual([
      "backup",
      "coverage",
      "data check",
      "dump",
      "verify",
    ]);
  });
});
