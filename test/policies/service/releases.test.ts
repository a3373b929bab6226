import { describe, expect, it } from "vitest";
import {
  APPS,
  loadRelease,
  parseRelease,
  releaseFile,
  writeRelease,
} from "../../../policies/service/releases";
import { problemsOf, ROOT, read } from "../repository";

const PROD = read(releaseFile("prod"));

describe("k8s/releases", () => {
  it.each(["sandbox", "staging", "prod", "dr"])("%s is there and keeps to its schema", (environment) => {
    expect(loadRelease(ROOT, environment).environment).toBe(environment);
  });

  it("every environment of the cloud runs every app", () => {
    for (const environment of ["staging", "prod", "dr"])
      expect(Object.keys(loadRelease(ROOT, environment).apps)).toEqual([...APPS]);
  });

  it.each(["sandbox", "staging", "prod", "dr"])(
    "%s is written byte for byte as it was read",
    (environment) => {
      const text = read(releaseFile(environment));
      expect(writeRelease(text, parseRelease(environment, text))).toBe(text);
    },
  );

  it.each([
    [
      "a tag in the image",
      PROD.replace("netedu/mobile-api", "netedu/mobile-api:1.0.0"),
      [/image: found .*without tag or digest/],
    ],
    [
      "a tag for a digest",
      PROD.replace(/digest: .*/, "digest: latest"),
      [/digest: found "latest" .*a tag is no digest/],
    ],
    ["a short digest", PROD.replace(/(digest: sha256:.{20}).*/, "$1"), [/digest: found/]],
    [
      "a version with a v",
      PROD.replace("version: 1.0.0", "version: v1.0.0"),
      [/version: found "v1.0.0" .*without a leading v/],
    ],
    ["no semantic version", PROD.replace("version: 1.0.0", "version: latest"), [/version: found "latest"/]],
    [
      "an unknown app",
      PROD.replace("  worker-sms:", "  worker-smss:"),
      [/unknown name "worker-smss" .*did you mean "worker-sms"/],
    ],
    [
      "another environment's file",
      PROD.replace("environment: prod", "environment: dr"),
      [/environment: found "dr"/],
    ],
    ["a missing app", PROD.replace(/ {2}ops:\n(?: {4}.*\n)+/, ""), [/no version of ops/]],
  ])("refuse %s", (_, text, expected) => {
    expect(problemsOf(() => parseRelease("prod", text))).toEqual(
      expected.map((line) => expect.stringMatching(line)),
    );
  });
});
