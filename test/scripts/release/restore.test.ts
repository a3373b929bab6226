// The rollback in git after a failed rollout: proposed as the release was, told honestly when nobody merges it, never over
// somebody else's change. Rendered files go with it, and only from a checkout that renders what the main branch has.
import { describe, expect, it } from "vitest";
import { parseRelease, type Release, writeRelease } from "../../../policies/service/releases";
import { OpsError } from "../../../scripts/core/errors";
import { silent } from "../../../scripts/core/progress";
import { trailers } from "../../../scripts/release/history";
import { planChange } from "../../../scripts/release/plan";
import type { Delivery } from "../../../scripts/release/port";
import type { Commission, Releases } from "../../../scripts/release/releases";
import { renderedWith } from "../../../scripts/release/rendered";
import { restore } from "../../../scripts/release/restore";
import type { Manifests } from "../../../scripts/render/port";
import { given } from "../../given";
import { read } from "../../policies/repository";

const TEXT = read("k8s/releases/prod.yaml");
const BEFORE = parseRelease("prod", TEXT);
const web = { ...BEFORE.apps["learning-web"]!, version: "1.1.0", digest: `sha256:${"b".repeat(64)}` };
const PLAN = planChange({
  environment: "prod",
  base: "base",
  before: BEFORE,
  wanted: { "learning-web": web },
  pending: [],
});
const AFTER = writeRelease(TEXT, PLAN.after);
const FILE = "k8s/rendered/prod/learning-web/rollout.yaml";
const ONE = "k8s/rendered/prod/ops/cronjob.yaml";

const files = ({ apps }: Release) => [
  { environment: "prod", app: "learning-web", path: FILE, text: `image: ${apps["learning-web"]!.digest}` },
  { environment: "prod", app: "ops", path: ONE, text: "the same" },
];
function manifests(main: Release, others: Readonly<Record<string, string>> = {}): Manifests {
  const committed = new Map(files(main).map(({ path, text }) => [path, text]));
  for (const [path, text] of Object.entries(others)) committed.set(path, text);
  return given<Manifests>({
    environments: async () => ["prod"],
    committedAt: async () => ({ commit: "base", files: committed }),
    renderRelease: async (release) => files(release),
  });
}

function fixture(text: string, propose: Releases["propose"]) {
  const made: Commission[] = [];
  const asked: Parameters<Releases["propose"]>[0][] = [];
  const releases = given<Releases>({
    current: async () => ({ commit: "now", text }),
    author: async () => "li <li@example.org>",
    commit: async (commission) => `commit-${made.push(commission)}`,
    propose: async (request) => {
      asked.push(request);
      return propose(request);
    },
  });
  const context = {
    delivery: given<Delivery>({ releases }),
    newId: () => "id",
    manifests: manifests(PLAN.after),
    progress: silent(),
  };
  const state = {
    environment: "prod",
    base: "base",
    text: TEXT,
    release: BEFORE,
    history: [],
    changesets: [],
    pending: [],
  };
  const done = restore(
    context,
    { plan: PLAN, state },
    { branch: "release/prod-x", url: undefined, merged: "merged" },
  );
  return { done, made, asked };
}

describe("the rollback in git", () => {
  it("is the file and what is rendered from it as they were, on a branch of its own, naming what it restores", async () => {
    const { done, made, asked } = fixture(AFTER, async ({ branch }) => ({
      branch,
      url: "u",
      merged: "f".repeat(40),
    }));
    expect(await done).toMatchObject({ name: "git-restored", verdict: "pass" });
    const [{ text, rendered, message }] = made as [Commission];
    expect(text).toBe(TEXT);
    expect(rendered).toEqual([expect.objectContaining({ path: FILE, text: files(BEFORE)[0]!.text })]);
    expect(trailers(message, "Restores")).toEqual(["base"]);
    expect(asked).toMatchObject([{ branch: "rollback/prod-id", withinSeconds: 900 }]);
  });

  it.each(["timeout", "gate", "unavailable"] as const)(
    "that ends in %s leaves the outcome told",
    async (exit) => {
      const { done } = fixture(AFTER, async () => {
        throw new OpsError(exit, "#12 was not merged within 15 minutes");
      });
      expect(await done).toMatchObject({
        verdict: "inconclusive",
        detail: "git still declares the new version: #12 was not merged within 15 minutes",
      });
    },
  );

  it("does not touch what somebody has changed since", async () => {
    const { done, made } = fixture(TEXT.replace("1.0.0", "1.0.7"), async () => expect.unreachable());
    expect(await done).toMatchObject({
      verdict: "inconclusive",
      detail: expect.stringContaining("somebody has changed"),
    });
    expect(made).toEqual([]);
  });

  it("hides no bug", async () => {
    const { done } = fixture(AFTER, async () => {
      throw new TypeError("a bug");
    });
    await expect(done).rejects.toThrow(TypeError);
  });
});

describe("what is rendered with a release", () => {
  const changes = (main: Manifests) => renderedWith({ manifests: main }, "base", BEFORE, PLAN.after);

  it("is what differs, nothing else", async () => {
    expect((await changes(manifests(BEFORE))).map(({ path }) => path)).toEqual([FILE]);
  });

  it("is nothing in an environment without a cluster", async () => {
    const sandbox = { ...BEFORE, environment: "sandbox" };
    expect(await renderedWith({ manifests: manifests(BEFORE) }, "base", sandbox, sandbox)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["another text", { [ONE]: "changed on the main branch" }],
    ["a file more", { "k8s/rendered/prod/new/x.yaml": "x" }],
  ])("is refused when the main branch has %s", async (_, others) => {
    await expect(changes(manifests(BEFORE, others))).rejects.toMatchObject({
      exit: "config",
      message: expect.stringContaining("renders prod differently"),
    });
  });
});
