// Who keeps the cadence of every job: a workflow's cron, a CronJob of what Argo CD applies, or an exception that ends.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { clock, localTimes } from "../../policies/engine/workflow/cron";
import { parseYaml } from "../../policies/engine/yaml";
import { listPlatforms, loadPlatform } from "../../policies/service/load";
import {
  inForce,
  loadPipelineExceptions,
  type PipelineException,
} from "../../policies/service/pipeline-exceptions";
import { discoverJobs } from "../../scripts/cli/adapter/registry";
import { type Cadence, identitiesOf, type Job } from "../../scripts/core/job";
import { problemsOf, repository } from "../policies/repository";
import { commandsOf, crons, ROOT, WORKFLOWS } from "./repository";

interface Kept {
  /** Words after `ops`: a job, and a subcommand with what it is given. */
  line: readonly string[];
  by: string;
  every: string;
}

/** Most often first. */
const ORDER: readonly string[] = ["hour", "day", "week", "month", "quarter", "year"];
const WANTED: Readonly<Record<Exclude<Cadence, "event">, string>> = {
  hourly: "hour",
  daily: "day",
  weekly: "week",
  monthly: "month",
  quarterly: "quarter",
  yearly: "year",
};

const byWorkflows = (): Kept[] =>
  WORKFLOWS.flatMap((file) =>
    crons(file).flatMap((cron) => {
      const [first] = localTimes(cron) ?? [];
      return commandsOf(file).map(({ words }) => ({
        line: words,
        by: file,
        every: first?.every ?? "never",
      }));
    }),
  );

/** `5 5 * * *` with `timeZone`: the frequency is the same in every zone. */
function byCronJobs(): Kept[] {
  const folder = path.join(ROOT, "k8s/rendered/prod/ops");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.startsWith("cronjob-"))
    .map((file) => {
      const { value } = parseYaml(file, readFileSync(path.join(folder, file), "utf8"));
      const { spec } = value as {
        spec: {
          schedule: string;
          suspend?: boolean;
          jobTemplate: { spec: { template: { spec: { containers: { args: string[] }[] } } } };
        };
      };
      const line = spec.jobTemplate.spec.template.spec.containers[0]?.args ?? [];
      const every = spec.suspend === true ? "never" : (localTimes(spec.schedule)?.[0]?.every ?? "never");
      return { line, by: file, every };
    });
}

function unkept(
  jobs: readonly Job[],
  kept: readonly Kept[],
  exceptions: readonly PipelineException[],
): string[] {
  const excused = exceptions.filter(({ kind }) => kind === "schedule").map(({ what }) => what);
  return owing(jobs)
    .filter(({ name, words, cadence }) => {
      if (excused.includes(name)) return false;
      const wanted = ORDER.indexOf(WANTED[cadence]);
      return !kept.some(
        ({ line, every }) =>
          words.every((word, place) => line[place] === word) &&
          ORDER.includes(every) &&
          ORDER.indexOf(every) <= wanted,
      );
    })
    .map(({ name, cadence }) => `${name} (${cadence})`);
}

interface Owing {
  name: string;
  words: readonly string[];
  cadence: Exclude<Cadence, "event">;
}

/** A job whose commands share its cadence is kept by any of them; a command with a cadence of its own by itself alone. */
function owing(jobs: readonly Job[]): Owing[] {
  return jobs.flatMap((job) => {
    const own = identitiesOf(job).filter(
      ({ words, command }) => words.length > 1 && command.cadence !== undefined,
    );
    const all = [
      { words: [job.name], cadence: job.cadence },
      ...own.map(({ words, identity }) => ({ words, cadence: identity.cadence })),
    ];
    return all.flatMap(({ words, cadence }) =>
      cadence === "event" ? [] : [{ name: words.join(" "), words, cadence }],
    );
  });
}

describe("every cadence", async () => {
  const jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
  const kept = [...byWorkflows(), ...byCronJobs()];
  const exceptions = loadPipelineExceptions(ROOT);

  it("is kept by a workflow or a CronJob, or excused by an exception that has not ended", () => {
    expect(unkept(jobs, kept, inForce(exceptions, new Date()))).toEqual([]);
  });

  it("is missed when nobody keeps it, or not often enough, or when the exception has ended", () => {
    const without = kept.filter(({ line }) => line[0] !== "verify");
    expect(unkept(jobs, without, exceptions)).toEqual(["verify (daily)"]);
    expect(unkept(jobs, [...without, { line: ["verify"], by: "x", every: "week" }], exceptions)).toEqual([
      "verify (daily)",
    ]);
    expect(unkept(jobs, kept, inForce(exceptions, new Date("2028-01-01T00:00:00Z")))).toEqual([
      "backup (daily)",
    ]);
  });

  it("of a command is missed when only another command of its job is run", () => {
    const other = kept.map((one) => (one.line[0] === "data" ? { ...one, line: ["data", "query"] } : one));
    expect(unkept(jobs, other, exceptions)).toEqual(["data check (daily)"]);
  });

  it("has no exception that nobody needs", () => {
    const schedules = exceptions.filter(({ kind }) => kind === "schedule");
    expect(schedules.map(({ what }) => what)).toEqual(
      unkept(jobs, kept, []).map((line) => line.split(" ")[0]),
    );
    const names = jobs.map(({ name }) => name);
    expect(exceptions.filter(({ kind, what }) => kind === "command" && names.includes(what))).toEqual([]);
  });

  it("has exceptions that last a quarter at most", () => {
    for (const { expires } of exceptions)
      expect(Date.parse(expires) - Date.now()).toBeLessThan(93 * 86_400_000);
  });
});

describe("an exception", () => {
  const FILE = "policies/service/pipeline-exceptions.yaml";
  const of = (text: string): string[] => {
    const roster = readFileSync(path.join(ROOT, "policies/service/roster.yaml"), "utf8");
    const root = repository({ [FILE]: text, "policies/service/roster.yaml": roster });
    return problemsOf(() => loadPipelineExceptions(root));
  };
  const good =
    "{ kind: schedule, what: backup, reason: because it is done elsewhere, owner: service-lead, expires: 2027-01-01 }";

  it.each([
    ["is accepted with owner and last day", good, ""],
    ["needs an owner of the roster", good.replace("service-lead", "somebody"), "no role is called somebody"],
    ["needs a last day", good.replace(", expires: 2027-01-01", ""), '"expires" is missing'],
    ["needs a reason", good.replace("because it is done elsewhere", "later"), "reason"],
  ])("%s", (_, entry, message) => {
    const problems = of(`exceptions:\n  - ${entry}\n`);
    if (message === "") expect(problems).toEqual([]);
    else expect(problems.join("\n")).toContain(message);
  });
});

describe("a night in Asia/Shanghai", () => {
  const ends = listPlatforms(ROOT).map(
    (name) => loadPlatform(ROOT, name, { sandbox: "/s", socket: "/t", copies: "/c" }).schedule.to,
  );

  it.each(
    WORKFLOWS.filter((file) =>
      commandsOf(file).some(({ words }) => ["verify", "drill"].includes(words[0] ?? "")),
    ).flatMap((file) => crons(file).map((cron) => [file, cron] as const)),
  )("%s at %s begins after every backup window and before the day", (_, cron) => {
    const times = localTimes(cron)!.map(({ minutes }) => clock(minutes));
    for (const time of times) {
      for (const end of ends) expect(time > end, `${time} is after ${end}`).toBe(true);
      expect(time < "06:30").toBe(true);
    }
  });

  it.each([
    ["17 21 * * *", [{ minutes: 317, every: "day" }]],
    ["43 21 1 * *", [{ minutes: 343, every: "month" }]],
    ["29 22 * * 0", [{ minutes: 389, every: "week" }]],
    ["0 16 1 1,4,7,10 *", [{ minutes: 0, every: "quarter" }]],
    [
      "5 0,12 * * *",
      [
        { minutes: 485, every: "day" },
        { minutes: 1205, every: "day" },
      ],
    ],
    ["0 0 * * MON", undefined],
    ["0 0 ? * *", undefined],
    ["61 * * * *", undefined],
    ["0 0 31 2 *", undefined],
    ["* * * *", undefined],
  ])("the cron %s", (cron, times) => {
    expect(localTimes(cron)).toEqual(times);
  });

  it("an hourly one is hourly", () => {
    expect(localTimes("7 * * * *")).toHaveLength(24);
    expect(localTimes("*/30 * * * *")?.[0]?.every).toBe("hour");
    expect(localTimes("5/15 * * * *")).toHaveLength(4 * 24);
  });
});
