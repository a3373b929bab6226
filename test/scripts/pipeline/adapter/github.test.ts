// The GitHub adapter against a strict stand-in (test/github): one comment however often a branch is pushed, one issue however
// many nights fail.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGitHub } from "../../../../scripts/pipeline/adapter/github";
import { type StandIn, standIn } from "../../../github/stand-in";

let github: StandIn;
beforeAll(async () => {
  github = await standIn();
});
afterAll(() => github.close());

const MARKER = "<!-- mark -->";

describe("a comment", () => {
  it("is one, however many others there are and however often it is written", async () => {
    for (let index = 0; index < 130; index++)
      github.comments.push({ id: index, issue: 12, body: `somebody quotes ${MARKER}` });
    const port = createGitHub(github.env);
    const first = await port.comment(12, MARKER, `${MARKER}\n\none`);
    const second = await port.comment(12, MARKER, `${MARKER}\n\ntwo`);
    expect(second).toBe(first);
    expect(github.comments.filter(({ body }) => body.startsWith(MARKER)).map(({ body }) => body)).toEqual([
      `${MARKER}\n\ntwo`,
    ]);
  });

  it("of another pull request is another", async () => {
    await createGitHub(github.env).comment(13, MARKER, `${MARKER} other`);
    expect(github.comments.filter(({ body }) => body.startsWith(MARKER))).toHaveLength(2);
  });
});

describe("an issue", () => {
  it("is opened once with its labels; the next night adds to it", async () => {
    const port = createGitHub(github.env);
    await port.issue("Nightly failed", "first night", ["P2", "prod"]);
    await port.issue("Nightly failed", "second night", ["P2", "prod"]);
    expect(github.issues.map(({ title, labels, body }) => ({ title, labels, body }))).toEqual([
      { title: "Nightly failed", labels: ["P2", "prod"], body: "first night" },
    ]);
    expect(github.comments.at(-1)?.body).toBe("second night");
  });

  it("is opened anew when the first was closed", async () => {
    github.issues[0]!.state = "closed";
    await createGitHub(github.env).issue("Nightly failed", "third", ["P2", "prod"]);
    expect(github.issues).toHaveLength(2);
  });
});

describe("what GitHub refuses", () => {
  it.each([
    ["a wrong token", { GITHUB_TOKEN: "other" }, "with 401"],
    ["another repository", { GITHUB_REPOSITORY: "college/other" }, "with 404"],
    ["an address where nobody answers", { GITHUB_API_URL: "http://127.0.0.1:9" }, "does not answer"],
    ["no token at all", { GITHUB_TOKEN: "" }, "there is no token"],
    ["a repository that is none", { GITHUB_REPOSITORY: "../etc" }, "there is no token"],
  ])("%s is said so", async (_, env, message) => {
    const attempt = createGitHub({ ...github.env, ...env }, 1).issue("t", "b", []);
    await expect(attempt).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining(message),
    });
    await expect(attempt).rejects.not.toThrow(/stand-in-token/);
  });

  it("a text that is too long is not cut behind one's back", async () => {
    await expect(createGitHub(github.env).comment(14, MARKER, "x".repeat(70_000))).rejects.toThrow(/422/);
  });
});

describe("a request that fails", () => {
  const GET = "GET /repos/college/netedu-ops/issues/15/comments";
  const POST = GET.replace("GET", "POST");
  let before = 0;
  const asked = (): string[] => github.requests.slice(before);
  beforeEach(() => {
    before = github.requests.length;
  });

  it.each([500, 502, "cut"] as const)("is repeated when it only reads: %s", async (status) => {
    Object.assign(github.faults, { method: "GET", status, times: 2 });
    await createGitHub(github.env, 1).comment(15, `${MARKER}${status}`, `${MARKER}${status}`);
    expect(asked()).toEqual([GET, GET, GET, POST]);
  });

  it("is given up in the end", async () => {
    Object.assign(github.faults, { method: "GET", status: 503, times: 3 });
    await expect(createGitHub(github.env, 1).comment(15, MARKER, MARKER)).rejects.toMatchObject({
      exit: "unavailable",
      message: "GitHub refuses GET /issues/15/comments with 503",
    });
    expect(asked()).toEqual([GET, GET, GET]);
  });

  it("is not repeated when it makes something: what got lost may be its answer alone", async () => {
    Object.assign(github.faults, { method: "POST", status: "cut", times: 1 });
    await expect(createGitHub(github.env, 1).comment(16, MARKER, MARKER)).rejects.toThrow(
      "GitHub does not answer: POST /issues/16/comments",
    );
    expect(github.comments.filter(({ issue }) => issue === 16)).toHaveLength(1);
  });
});
