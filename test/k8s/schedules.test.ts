// When the operation's jobs run: after the backup, one after the other, and every job that owes evidence at all.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { load } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { SCHEDULES, type Schedule, START_WITHIN } from "../../k8s/apps/ops";
import { SETTINGS } from "../../k8s/environments";
import { listPlatforms, loadPlatform } from "../../policies/service/load";
import { discoverJobs } from "../../scripts/cli/adapter/registry";
import { parseCommandLine } from "../../scripts/cli/command-line";
import { type Cadence, identitiesOf, type Job } from "../../scripts/core/job";
import { ROOT } from "../policies/repository";
import { anyName } from "../scripts/cli/line";
import { ENVIRONMENTS, type Rendered, renderAll } from "./rendered";

/** Jobs with a cadence that no CronJob runs, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  backup: "runs on the repository host or in the cloud's own schedule (stacks/components/backup-schedule.ts)",
};

/** Workflows that start by the clock: a job may be one of their steps instead. */
function scheduledWorkflows(): string {
  const directory = path.join(ROOT, ".github/workflows");
  if (!existsSync(directory)) return "";
  const texts = readdirSync(directory).map((file) => readFileSync(path.join(directory, file), "utf8"));
  return texts.filter((text) => /^ {2}schedule:/m.test(text)).join("\n");
}

let jobs: Job[] = [];
let cronJobs: Rendered[] = [];
beforeAll(async () => {
  jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
  cronJobs = (await renderAll()).filter(({ kind }) => kind === "CronJob");
});

interface Window {
  name: string;
  /** Day of the month; undefined = every day. */
  day: number | undefined;
  /** Minutes after midnight. */
  from: number;
  to: number;
}

function windowOf({ name, cron, minutes }: Schedule): Window {
  const [, minute, hour, day] = /^(\d+) (\d+) (\d+|\*) \* \*$/.exec(cron) ?? [];
  const from = Number(hour) * 60 + Number(minute);
  return { name, day: day === "*" ? undefined : Number(day), from, to: from + START_WITHIN + minutes };
}

const WINDOWS = SCHEDULES.map(windowOf);
/** What only a managed database has is after that one's backup, which the stacks declare. */
const DUMPS = SCHEDULES.filter(({ dumps }) => dumps).map(windowOf);

interface DataConfig {
  config: { "netedu:backup": { hour: string }; "netedu:postgres": { engine: string } };
}
const dataOf = (environment: string): DataConfig["config"] =>
  (load(readFileSync(path.join(ROOT, `stacks/config/Pulumi.${environment}-data.yaml`), "utf8")) as DataConfig)
    .config;
const SAME_DAY = (one: Window, other: Window): boolean =>
  one.day === undefined || other.day === undefined || one.day === other.day;

const DAYS: Readonly<Record<Cadence, number>> = {
  hourly: 0,
  daily: 1,
  weekly: 7,
  monthly: 31,
  quarterly: 92,
  yearly: 366,
  event: Number.POSITIVE_INFINITY,
};

describe("schedules", () => {
  it.each(ENVIRONMENTS)("of %s know who operates its database and whether jobs run", (environment) => {
    expect(SETTINGS[environment].engine).toBe(dataOf(environment)["netedu:postgres"].engine);
    const watch = load(
      readFileSync(path.join(ROOT, `stacks/config/Pulumi.${environment}-watch.yaml`), "utf8"),
    );
    const { "netedu:jobs": jobs = "running" } = (watch as { config: Record<string, string> }).config;
    expect(jobs).toBe(SETTINGS[environment].pilotLight ? "suspended" : "running");
    const dumping = cronJobs.filter(
      ({ file, metadata }) => file.environment === environment && metadata.name === "dump",
    );
    expect(dumping).toHaveLength(SETTINGS[environment].engine === "rds" ? 1 : 0);
  });

  it("dump after the managed backup's hour, and end within the early morning of the contract", () => {
    expect(DUMPS).toHaveLength(1);
    const managed = ENVIRONMENTS.filter((environment) => SETTINGS[environment].engine === "rds");
    expect(managed).not.toEqual([]);
    for (const environment of managed) {
      const [hour] = dataOf(environment)["netedu:backup"].hour.split(":").map(Number);
      for (const { from, to } of DUMPS) {
        expect(from).toBeGreaterThanOrEqual((hour! + 1) * 60);
        expect(to).toBeLessThanOrEqual(6 * 60);
      }
    }
  });

  it.each(WINDOWS.filter(({ name }) => !DUMPS.some((dump) => dump.name === name)))(
    "$name starts in the morning after every declared backup window",
    ({ from, to }) => {
      const { schedule } = loadPlatform(ROOT, "sandbox", { sandbox: "/s", socket: "/t", copies: "/c" });
      expect(listPlatforms(ROOT)).toEqual(["sandbox"]); // another platform: add its window here
      const [hour, minute] = schedule.to.split(":").map(Number);
      expect(from).toBeGreaterThanOrEqual(hour! * 60 + minute!);
      expect(from).toBeLessThan(9 * 60);
      expect(to).toBeLessThan(24 * 60);
    },
  );

  it("never overlap, however late each starts: the evidence has one writer at a time", () => {
    const overlaps = WINDOWS.flatMap((one, index) =>
      WINDOWS.slice(index + 1)
        .filter((other) => SAME_DAY(one, other) && one.from < other.to && other.from < one.to)
        .map((other) => `${one.name} and ${other.name}`),
    );
    expect(overlaps).toEqual([]);
  });

  it("run every job that owes evidence at a cadence, at least that often", () => {
    const owing = jobs
      .flatMap((job) => [
        { words: [job.name], cadence: job.cadence },
        ...identitiesOf(job)
          .filter(({ words, command }) => words.length > 1 && command.cadence !== undefined)
          .map(({ words, identity }) => ({ words, cadence: identity.cadence })),
      ])
      .filter(({ words, cadence }) => cadence !== "event" && !(words[0]! in ELSEWHERE));
    expect(owing.length).toBeGreaterThan(2);
    expect(owing.map(({ words }) => words.join(" "))).toContain("data check");
    const workflows = scheduledWorkflows();
    const late = owing.filter(({ words, cadence }) => {
      if (new RegExp(`(^|\\s)\\./ops ${words.join(" ")}\\b`).test(workflows)) return false;
      const own = SCHEDULES.filter(({ command }) =>
        words.every((word, place) => command[place] === word),
      ).map(windowOf);
      return !own.some(({ day }) => (day === undefined ? 1 : 31) <= DAYS[cadence]);
    });
    expect(late.map(({ words }) => words.join(" "))).toEqual([]);
  });

  it("keep no exception for a job that is gone", () => {
    expect(Object.keys(ELSEWHERE).filter((name) => !jobs.some((job) => job.name === name))).toEqual([]);
  });

  it.each(SCHEDULES)("$name is a command line that ops accepts", async ({ command }) => {
    const words = [...command, "--platform", "prod", "--env", "prod", "--json"];
    const parsed = await parseCommandLine(jobs, words, { names: anyName, version: "0.0.0" });
    expect(parsed).toMatchObject({ job: { name: command[0] } });
  });
});

describe("every CronJob", () => {
  it("runs in Shanghai's time, alone, within a deadline, once", () => {
    expect(cronJobs).toHaveLength(SCHEDULES.length * 3 - DUMPS.length); // dr has no managed database
    for (const { spec } of cronJobs) {
      expect(spec).toMatchObject({
        timeZone: "Asia/Shanghai",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: START_WITHIN * 60,
        jobTemplate: { spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never" } } } },
      });
      const { activeDeadlineSeconds } = (spec.jobTemplate as { spec: { activeDeadlineSeconds: number } })
        .spec;
      expect(activeDeadlineSeconds).toBeGreaterThan(0);
    }
  });

  it("names its platform, so that it never operates another", () => {
    for (const { spec, file } of cronJobs) {
      const { template } = (
        spec.jobTemplate as { spec: { template: { spec: { containers: { args: string[] }[] } } } }
      ).spec;
      const args = template.spec.containers[0]!.args.join(" ");
      expect(args).toContain(`--platform ${file.environment} --env ${file.environment}`);
    }
  });
});

describe("the bucket of dumps", () => {
  it("is mounted by the one job that writes there, by role and without a secret", async () => {
    const all = (await renderAll()).filter(({ file }) => file.environment === "prod");
    const text = (name: string): string[] =>
      all
        .filter(({ file }) => file.text.includes(`claimName: ${name}\n`))
        .map(({ metadata }) => metadata.name);
    expect(text("dumps")).toEqual(["dump"]);
    const [volume] = all.filter(({ kind }) => kind === "PersistentVolume");
    const [claim] = all.filter(
      ({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name === "dumps",
    );
    expect(volume!.spec).toMatchObject({
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace: claim!.metadata.namespace, name: claim!.metadata.name },
      csi: {
        volumeAttributes: { bucket: "netedu-prod-dumps", authType: "rrsa", roleName: "netedu-prod-dumps" },
      },
    });
    expect(volume!.spec.csi).not.toHaveProperty("nodePublishSecretRef");
    expect(claim!.spec).toMatchObject({
      volumeName: volume!.metadata.name,
      storageClassName: volume!.spec.storageClassName,
    });
  });
});
