// The registry adapter against a strict stand-in (test/registry): a version is resolved to the digest of what was really sent.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Release } from "../../../../policies/service/releases";
import { challenge } from "../../../../scripts/release/adapter/registry/client";
import { dockerCredentials } from "../../../../scripts/release/adapter/registry/credentials";
import { createRegistryVersions } from "../../../../scripts/release/adapter/registry/versions";
import { type RegistryStandIn, registryStandIn } from "../../../registry/stand-in";

let registry: RegistryStandIn;
let digest = "";
beforeEach(async () => {
  registry = await registryStandIn();
  digest = registry.push("netedu/learning-web", "1.1.0");
});
afterEach(() => registry.close());

const credentials = async (): Promise<string> => registry.auth;
function versions(more: { image?: string; credentials?: () => Promise<string | undefined> } = {}) {
  const image = more.image ?? `${registry.host}/netedu/learning-web`;
  const release: Release = {
    environment: "staging",
    apps: { "learning-web": { version: "1.0.0", image, digest: `sha256:${"a".repeat(64)}` } },
  };
  return createRegistryVersions({ release: () => release, credentials: more.credentials ?? credentials });
}

describe("a version in the registry", () => {
  it("is the digest of its manifest, asked for with the token that the registry wants", async () => {
    expect(await versions().resolve("learning-web", "1.1.0")).toEqual({
      version: "1.1.0",
      image: `${registry.host}/netedu/learning-web`,
      digest,
    });
    const path = "GET /v2/netedu/learning-web/manifests/1.1.0";
    expect(registry.requests).toEqual([path, "GET /token", path]);
  });

  it("is nothing when nobody pushed it, in a repository that is there or not", async () => {
    expect(await versions().resolve("learning-web", "9.9.9")).toBeUndefined();
    const other = versions({ image: `${registry.host}/netedu/other` });
    expect(await other.resolve("learning-web", "1.1.0")).toBeUndefined();
    expect(await other.known("learning-web")).toEqual([]);
  });

  it("is one of those that are listed over several pages, oldest first, without what is no version", async () => {
    for (const tag of ["1.10.0", "1.2.0", "latest", "v1.3.0", "2.0.0-rc.1"])
      registry.push("netedu/learning-web", tag);
    expect(await versions().known("learning-web")).toEqual(["1.1.0", "1.2.0", "1.10.0", "2.0.0-rc.1"]);
  });

  it.each<[string, RegistryStandIn["faults"], string]>([
    [
      "another digest than it sent",
      { digest: `sha256:${"b".repeat(64)}` },
      "says that learning-web 1.1.0 is sha256:bbb",
    ],
    ["a page instead of a manifest", { type: "text/html" }, "with text/html"],
    ["too many requests", { status: 429 }, "with 429"],
    [
      "a token server without TLS elsewhere",
      { realm: "http://auth.example/token" },
      "names the token service",
    ],
    ["no token server", { realm: "" }, "names the token service"],
  ])("is not believed when the registry answers with %s", async (_, faults, message) => {
    Object.assign(registry.faults, faults);
    await expect(versions().resolve("learning-web", "1.1.0")).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining(message),
    });
  });

  it.each<[string, string | undefined]>([
    ["nobody's credentials", undefined],
    ["wrong ones", Buffer.from("puller:other").toString("base64")],
  ])("is refused with %s, which stand in no message", async (_, known) => {
    const attempt = versions({ credentials: async () => known }).resolve("learning-web", "1.1.0");
    await expect(attempt).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringMatching(/no token \(401\)/),
      todo: expect.stringMatching(/docker login/),
    });
    await expect(attempt).rejects.not.toThrow(known ?? "puller");
  });

  it("is unavailable when nobody answers, and unknown for an app that the environment does not run", async () => {
    const attempt = versions({ image: "127.0.0.1:9/netedu/x" }).resolve("learning-web", "1.1.0");
    await expect(attempt).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringMatching(/does not answer/),
    });
    await expect(versions().resolve("mobile-api", "1.1.0")).rejects.toMatchObject({ exit: "unknownTarget" });
  });
});

describe("credentials", () => {
  function configured(text: string | undefined): (registry: string) => Promise<string | undefined> {
    const directory = mkdtempSync("/tmp/ops-docker-");
    onTestFinished(() => rmSync(directory, { recursive: true }));
    if (text !== undefined) writeFileSync(`${directory}/config.json`, text);
    return dockerCredentials({ DOCKER_CONFIG: directory });
  }

  it("come from the file of docker login, for this registry only", async () => {
    const of = configured(JSON.stringify({ auths: { "registry.example": { auth: "YTpi" } } }));
    expect(await of("registry.example")).toBe("YTpi");
    expect(await of("other.example")).toBeUndefined();
    expect(await configured(undefined)("registry.example")).toBeUndefined();
  });

  it("of a broken file are refused without quoting it", async () => {
    const attempt = configured("{ secret")("registry.example");
    await expect(attempt).rejects.toMatchObject({
      exit: "config",
      message: expect.stringMatching(/is not JSON/),
    });
    await expect(attempt).rejects.not.toThrow(/secret/);
  });
});

it("a challenge is read with its parameters, another kind is none", () => {
  expect(challenge('Bearer realm="https://a/t",service="s",scope="repository:a/b:pull"')).toEqual({
    realm: "https://a/t",
    service: "s",
    scope: "repository:a/b:pull",
  });
  expect(challenge('Basic realm="x"')).toBeUndefined();
  expect(challenge(null)).toBeUndefined();
});
