// One run never works on, or leaves evidence for, another platform than the one that was meant.
import { describe, expect, it } from "vitest";
import { concerning } from "../../policies/service/load";
import type { Integration } from "../../policies/service/service";
import type { Globals } from "../../scripts/cli/command-line";
import { chooseTarget } from "../../scripts/compose-target";
import { NO_PLATFORM } from "../../scripts/core/tools";
import { pathsOf } from "../../scripts/machine/paths";
import { ROOT } from "../policies/repository";

const NONE: Globals = {
  platform: undefined,
  env: undefined,
  json: false,
  quiet: false,
  color: false,
  dryRun: false,
  seed: undefined,
};
const choose = (given: Partial<Globals>, offline: boolean, leavesEvidence = false) =>
  chooseTarget(pathsOf(ROOT), { ...NONE, ...given }, offline, leavesEvidence);

describe("an environment without a platform", () => {
  it("is never answered for by the sandbox where only evidence is read", () => {
    const { environment, platformName, declared } = choose({ env: "prod" }, true);
    expect({ environment, platformName }).toEqual({ environment: "prod", platformName: NO_PLATFORM });
    expect(() => declared.platform).toThrow("not exactly one platform is declared for prod");
  });

  it("is refused where a platform is needed, or evidence is left", () => {
    expect(() => choose({ env: "prod" }, true, true)).toThrow(
      "not exactly one platform is declared for prod",
    );
    expect(() => choose({ env: "prod" }, false)).toThrow("not exactly one platform is declared for prod");
  });
});

it("the sandbox is the default, by itself and by its environment", () => {
  for (const given of [{}, { env: "sandbox" }, { platform: "sandbox" }])
    for (const offline of [true, false])
      expect(choose(given, offline)).toMatchObject({ environment: "sandbox", platformName: "sandbox" });
});

it("a platform of another environment is refused", () => {
  expect(() => choose({ platform: "sandbox", env: "prod" }, true)).toThrow("is not of environment prod");
});

it("a platform's copies are kept from the integrations that it names, by default from all", () => {
  const all = ["sms", "payment"].map((name) => ({ name }) as Integration);
  expect(concerning({}, all)).toEqual(all);
  expect(concerning({ integrations: ["sms"] }, all).map(({ name }) => name)).toEqual(["sms"]);
  expect(concerning({ integrations: [] }, all)).toEqual([]);
  expect(choose({}, false).declared.integrations.length).toBeGreaterThan(3);
});
