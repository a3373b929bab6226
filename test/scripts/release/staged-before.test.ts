// What goes to production ran in staging: asked of a real bare remote at the moment of the release, not of what was planned.
import { expect, it } from "vitest";
import { type App, parseRelease, releaseFile, writeRelease } from "../../../policies/service/releases";
import { createGitReleases } from "../../../scripts/release/adapter/releases";
import { stagedBefore } from "../../../scripts/release/check-gates";
import { planChange } from "../../../scripts/release/plan";
import type { Delivery } from "../../../scripts/release/port";
import { given } from "../../given";
import { read } from "../../policies/repository";
import { makeRemote } from "./adapter/remote";

const [STAGING, PROD] = [read(releaseFile("staging")), read(releaseFile("prod"))];
const DIGEST = `sha256:${"b".repeat(64)}`;

function withWeb(environment: string, text: string, digest: string): string {
  const release = parseRelease(environment, text);
  const web = { ...release.apps["learning-web"]!, version: "1.1.0", digest };
  return writeRelease(text, { ...release, apps: { ...release.apps, "learning-web": web } });
}

it.each([
  ["staging runs it", withWeb("staging", STAGING, DIGEST), "pass", "staging runs the same digests"],
  ["staging runs what it ran", STAGING, "fail", "staging does not run learning-web 1.1.0"],
  [
    "staging runs another image under the same version",
    withWeb("staging", STAGING, `sha256:${"c".repeat(64)}`),
    "fail",
    "staging does not run learning-web 1.1.0",
  ],
])("%s", async (_, staging, verdict, detail) => {
  const remote = makeRemote({ [releaseFile("staging")]: staging, [releaseFile("prod")]: PROD });
  const delivery = given<Delivery>({ releases: createGitReleases(remote.clone("li")) });
  const before = parseRelease("prod", PROD);
  const wanted = {
    ["learning-web" satisfies App]: parseRelease("prod", withWeb("prod", PROD, DIGEST)).apps["learning-web"]!,
  };
  const plan = planChange({ environment: "prod", base: "base", before, wanted, pending: [] });
  expect(await stagedBefore({ delivery }, plan)).toEqual({ verdict, detail });
});

it("is not asked of an environment that is the first one", async () => {
  const before = parseRelease("staging", STAGING);
  const wanted = parseRelease("staging", withWeb("staging", STAGING, DIGEST)).apps;
  const plan = planChange({ environment: "staging", base: "base", before, wanted, pending: [] });
  const delivery = given<Delivery>({});
  expect(await stagedBefore({ delivery }, plan)).toMatchObject({ verdict: "not-applicable" });
});
