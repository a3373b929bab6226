// Others are in the way: a second drill, a lock whose holder is dead, a source that takes no connections.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected } from "../../scripts/sandbox/adapter/connect";
import { processes, send } from "../../scripts/sandbox/adapter/processes";
import { DATABASE, PORT, SUPERUSER } from "../../scripts/sandbox/layout";
import { copySandbox } from "../e2e/sandbox";
import { eventually, type Ground, makeGround, SCALE } from "../faults/ops";
import { evidenceOn, expectGreenDrill, expectNothingLeft, expectNothingRuns } from "../faults/remains";

let ground: Ground;
beforeAll(async () => {
  ground = makeGround();
  await copySandbox(ground.layout);
  await expectGreenDrill(ground, "--scale", SCALE, "--scenario", "a");
});
afterAll(() => ground.remove());

describe("two at once", () => {
  it.each(["drill", "verify"])(
    "a %s beside a drill is refused, told by whom, and disturbs nothing",
    async (job) => {
      const first = ground.start(["drill", "--scenario", "a"]);
      await first.phase("restore");
      const second = await ground.ops(job);
      expect(second).toMatchObject({ code: 17, result: { code: "locked" } });
      expect(second.stderr).toMatch(
        new RegExp(
          `^error: drill \\(pid ${first.pid} on .+\\) holds ${ground.copies}/\\.lock since \\d{4}-.*Z\\n`,
        ),
      );
      expect(await first.ended).toMatchObject({ code: 0, result: { verdict: "pass" } });
      await expectNothingLeft(ground);
    },
  );

  it("a lock whose holder was killed is taken over", async () => {
    const first = ground.start(["verify"]);
    await first.phase("restore");
    first.signal("SIGKILL");
    await first.ended;
    await expectNothingRuns(ground);
    await expectGreenDrill(ground, "--scenario", "a");
  });
});

/** Ways in which the source takes no connections, each with its end. */
const REFUSALS: { what: string; says: RegExp; begin(): Promise<() => Promise<void>> }[] = [
  {
    what: "is stopped",
    says: /no connection to .*(ENOENT|ECONNREFUSED)/,
    async begin() {
      const server = processes().find(({ command }) => command.includes(` -D ${ground.layout.data}`))!;
      send(server.pid, "SIGINT"); // a fast shutdown
      await eventually("it is down", () => !processes().some(({ pid }) => pid === server.pid), 60);
      return async () => {
        expect(await ground.ops("sandbox", "up")).toMatchObject({ code: 0 });
      };
    },
  },
  {
    what: "has no connection left",
    says: /no connection to .*(too many clients|remaining connection slots)/,
    async begin() {
      const taken: Client[] = [];
      for (let full = false; !full; ) {
        const client = new Client({
          host: ground.layout.socket,
          port: PORT,
          user: SUPERUSER,
          database: DATABASE,
        });
        client.on("error", () => {});
        await client.connect().then(
          () => taken.push(client),
          () => {
            full = true;
          },
        );
      }
      return async () => void (await Promise.all(taken.map((client) => client.end())));
    },
  },
  {
    what: "rejects us",
    says: /no connection to .*pg_hba\.conf rejects/,
    async begin() {
      const hba = path.join(ground.layout.data, "pg_hba.conf");
      const allow = async (rule: string, method: string): Promise<void> => {
        writeFileSync(hba, `local all ${rule} ${method}\nlocal all all trust\n`);
        const server = processes().find(({ command }) => command.includes(` -D ${ground.layout.data}`))!;
        send(server.pid, "SIGHUP");
      };
      await allow(SUPERUSER, "reject");
      const refused = (): Promise<boolean> =>
        connected(ground.layout, DATABASE, async () => false).catch(() => true);
      await eventually("it rejects", refused);
      return async () => {
        await allow(SUPERUSER, "trust");
        await eventually("it accepts", async () => !(await refused()));
      };
    },
  },
];

describe.each(REFUSALS)("a source that $what", ({ says, begin }) => {
  it("fails the backup at once, with the reason in evidence; afterwards all is green", async () => {
    const end = await begin();
    const run = await ground.ops("backup");
    expect(run).toMatchObject({ code: 18, result: { code: "unavailable" } });
    expect(run.stderr).toMatch(says);
    expect((await evidenceOn(ground)).at(-1)?.predicate).toMatchObject({
      job: "backup",
      verdict: "fail",
      checks: [{ name: "backup-finished", verdict: "fail", detail: expect.stringMatching(says) }],
    });
    await end();
    await expectNothingLeft(ground);
    await expectGreenDrill(ground, "--scenario", "a");
  });
});
