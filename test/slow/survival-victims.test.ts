// pgBackRest and PostgreSQL die or stand still under a running job: a red verdict that says why, and nothing left.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../scripts/core/evidence";
import { processes, type RunningProcess, send } from "../../scripts/sandbox/adapter/processes";
import { copySandbox } from "../e2e/sandbox";
import { type Ended, eventually, type Ground, makeGround, type Run, SCALE } from "../faults/ops";
import { expectGreenDrill, expectNothingLeft } from "../faults/remains";

let ground: Ground;
beforeAll(async () => {
  ground = makeGround();
  await copySandbox(ground.layout);
  await expectGreenDrill(ground, "--scale", SCALE, "--scenario", "a");
});
afterAll(() => ground.remove());

/** What runs on copies of this ground, with its position in the family. */
const VICTIMS = {
  pgBackRest: (all: readonly RunningProcess[]) =>
    all.filter(
      ({ command }) =>
        /^\S*pgbackrest /.test(command) &&
        command.includes(`--pg1-path=${ground.copies}`) &&
        command.endsWith(" restore"),
    ),
  postmaster: (all: readonly RunningProcess[]) =>
    all.filter(({ command }) => /^\S*postgres /.test(command) && command.includes(`-D ${ground.copies}`)),
  startup: (all: readonly RunningProcess[]) => {
    const masters = VICTIMS.postmaster(all).map(({ pid }) => pid);
    return all.filter(
      ({ parent, command }) => masters.includes(parent) && command.startsWith("postgres: startup"),
    );
  },
} as const;

async function strike(run: Run, who: keyof typeof VICTIMS, signal: NodeJS.Signals): Promise<void> {
  let victims: RunningProcess[] = [];
  await eventually(`${who} runs`, () => {
    victims = VICTIMS[who](processes());
    return victims.length > 0;
  });
  for (const { pid } of victims) send(pid, signal);
  expect(run.events.some(({ type }) => type === "result")).toBe(false);
}

const failed = ({ result }: Ended): Check[] =>
  ((result.checks ?? []) as Check[]).filter(({ verdict }) => verdict === "fail");

interface Case {
  who: keyof typeof VICTIMS;
  signal: NodeJS.Signals;
  line: string[];
  phase: string;
  code: number;
  check: string;
  says: RegExp;
}
const LOST = /PostgreSQL gave up during recovery: .*(was terminated by signal 9|was killed by SIGKILL)/;
const CASES: Case[] = [
  {
    who: "pgBackRest",
    signal: "SIGKILL",
    line: ["verify"],
    phase: "restore",
    code: 1,
    check: "restore",
    says: /pgbackrest restore was killed by SIGKILL/,
  },
  {
    who: "startup",
    signal: "SIGKILL",
    line: ["verify", "--to", "latest"],
    phase: "recover to the target",
    code: 1,
    check: "target-reached",
    says: LOST,
  },
  {
    who: "postmaster",
    signal: "SIGKILL",
    line: ["verify", "--to", "latest"],
    phase: "recover to the target",
    code: 1,
    check: "target-reached",
    says: LOST,
  },
  {
    who: "postmaster",
    signal: "SIGKILL",
    line: ["verify"],
    phase: "read the copy",
    code: 1,
    check: "checkpoint-reached",
    says: /the connection to .* was lost|no connection to/,
  },
  {
    who: "pgBackRest",
    signal: "SIGSTOP",
    line: ["verify", "--timeout", "4"],
    phase: "restore",
    code: 19,
    check: "restore",
    says: /took longer than 4 s/,
  },
  {
    who: "startup",
    signal: "SIGSTOP",
    line: ["verify", "--to", "latest", "--timeout", "12"],
    phase: "recover to the target",
    code: 19,
    check: "target-reached",
    says: /recovery did not end within 12 s/,
  },
];

describe.each(CASES)(
  "$signal to $who at `$phase` of $line",
  ({ who, signal, line, phase, code, check, says }) => {
    it("fails, says why, removes the copy, and the next drill is green", async () => {
      const run = ground.start(line);
      expect(await run.phase(phase)).toBe(true);
      await strike(run, who, signal);
      const ended = await run.ended;
      expect(failed(ended)).toContainEqual(
        expect.objectContaining({ name: check, detail: expect.stringMatching(says) }),
      );
      expect({ code: ended.code, verdict: ended.result.verdict }).toEqual({ code, verdict: "fail" });
      await expectNothingLeft(ground);
      await expectGreenDrill(ground, "--scenario", "a");
    });
  },
);

it("wakes a source that a killed drill had stopped but not yet killed", async () => {
  const server = processes().filter(({ command }) => command.includes(` -D ${ground.layout.data}`));
  expect(server).toHaveLength(1);
  send(server[0]!.pid, "SIGSTOP");
  await expectGreenDrill(ground, "--scenario", "c");
});
