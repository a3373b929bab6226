// Started elsewhere: other time zones, locales and paths change nothing in what ops does and says.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHECKOUT, type Ended, type Ground, makeGround, SCALE } from "../faults/ops";
import { evidenceOn, expectGreenDrill, problemsOf } from "../faults/remains";

describe("another time zone and locale", () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = makeGround();
    await expectGreenDrill(ground, "--scale", SCALE, "--scenario", "a");
  });
  afterAll(() => ground.remove());

  const SURROUNDINGS = [
    { TZ: "America/New_York", LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" },
    {
      TZ: "Asia/Kathmandu",
      LC_ALL: "POSIX",
      LANG: "xx_YY.nonsense",
      PGTZ: "Asia/Tokyo",
      PGDATESTYLE: "German",
    },
  ];

  /** Steps of the plan for a target: the instant as ops understood it. */
  const planned = async (env: NodeJS.ProcessEnv, to: string): Promise<unknown> =>
    (await ground.start(["verify", "--to", to, "--dry-run"], env).ended).events.find(
      ({ type }) => type === "plan",
    )?.steps;

  it.each(SURROUNDINGS)(
    "$TZ, $LC_ALL: a whole drill is green and its instants are the true ones",
    async (env) => {
      const before = Date.now();
      const drill: Ended = await ground.start(["drill"], env).ended;
      expect(problemsOf(drill)).toEqual([]);
      expect(drill).toMatchObject({ code: 0, result: { verdict: "pass" } });
      const { started, finished } = (await evidenceOn(ground)).at(-1)!.predicate;
      expect(Date.parse(started)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(finished)).toBeLessThanOrEqual(Date.now());
      expect(`${started} ${finished}`).toMatch(/^\S+Z \S+Z$/);
      await expectGreenDrill(ground, "--scenario", "a");
    },
  );

  it.each(SURROUNDINGS)(
    "$TZ: an instant without a zone is read as Asia/Shanghai all the same",
    async (env) => {
      const soon = new Date(Date.now() + 8 * 3_600_000 - 1000).toISOString().slice(0, 19).replace("T", " ");
      const here = await planned({ TZ: "Asia/Shanghai" }, soon);
      expect(here).toContainEqual(expect.stringContaining(soon));
      expect(await planned(env, soon)).toEqual(here);
    },
  );
});

describe("a path with blanks and letters of many alphabets", () => {
  let base: string;
  let ground: Ground;
  beforeAll(() => {
    base = mkdtempSync("/tmp/opsf-checkout-");
    chmodSync(base, 0o755);
    const checkout = path.join(base, "Prüfung 网络教育's ops");
    const list = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
      cwd: CHECKOUT,
      encoding: "utf8",
    });
    for (const file of list.split("\n").filter((name) => name !== "" && !name.startsWith("test/"))) {
      mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
      cpSync(path.join(CHECKOUT, file), path.join(checkout, file));
    }
    symlinkSync(path.join(CHECKOUT, "node_modules"), path.join(checkout, "node_modules"));
    ground = makeGround({ checkout, names: { home: "证据 и ключи", state: "état des lieux 状态" } });
  });
  afterAll(async () => {
    await ground.remove();
    rmSync(base, { recursive: true });
  });

  it("a whole drill is green, and so is the next", async () => {
    await expectGreenDrill(ground, "--scale", SCALE);
    await expectGreenDrill(ground, "--scenario", "b");
  });
});
