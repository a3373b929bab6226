import { describe, expect, it } from "vitest";
import { createGitApprovals, signerOf } from "../../../../scripts/release/adapter/approvals";
import { createGitReleases } from "../../../../scripts/release/adapter/releases";
import { approvalText } from "../../../../scripts/release/override";
import { makeRemote, RELEASE } from "./remote";

const DIGEST = `sha256:${"e".repeat(64)}`;

function fixture() {
  const remote = makeRemote();
  const [li, wang, eve] = [remote.key("li"), remote.key("wang"), remote.key("eve")];
  const people = [
    { name: 'Li, the "first"', signingKeys: [li.publicKey] },
    { name: "wang", signingKeys: [wang.publicKey] },
  ];
  const approve = (name: string, key: string | undefined, author = name) => {
    const clone = remote.clone(name);
    clone.run("config", "user.name", author);
    if (key) clone.signWith(key);
    clone.run("commit", "--quiet", "--allow-empty", "-m", `Approve\n\n${approvalText("incidents", DIGEST)}`);
    clone.run("push", "--quiet", "origin", `HEAD:refs/heads/approve/${name}`);
    return `approve/${name}`;
  };
  const reader = remote.clone("reader");
  return {
    remote,
    people,
    approve,
    reader,
    keys: { li, wang, eve },
    approvals: createGitApprovals(reader, people),
  };
}

describe("an approval", () => {
  it("names whose key signed it, whatever the commit says who wrote it", async () => {
    const { approve, approvals, keys } = fixture();
    const branch = approve("wang-machine", keys.wang.file, "somebody else");
    expect(await approvals.commits([branch])).toMatchObject([
      { kind: "commit", signer: "wang", message: expect.stringContaining(DIGEST) },
    ]);
  });

  it("is nobody's when it is unsigned, although the name is typed", async () => {
    const { approve, approvals } = fixture();
    expect(await approvals.commits([approve("wang", undefined)])).toMatchObject([{ signer: undefined }]);
  });

  it("is nobody's when the key is not on the roster", async () => {
    const { approve, approvals, keys } = fixture();
    expect(await approvals.commits([approve("wang", keys.eve.file)])).toMatchObject([{ signer: undefined }]);
  });

  it("is nobody's when the commit was altered after it was signed", async () => {
    const { approve, approvals, keys, reader, people } = fixture();
    const [approval] = await approvals.commits([approve("wang", keys.wang.file)]);
    if (approval?.kind !== "commit") return expect.unreachable();
    const raw = reader.run("cat-file", "commit", approval.commit).replace("incidents", "office-hours");
    const altered = (
      await reader.git(["hash-object", "-t", "commit", "-w", "--stdin"], { input: raw })
    ).trim();
    expect(await signerOf(reader, people, altered)).toBeUndefined();
    expect(await signerOf(reader, people, approval.commit)).toBe("wang");
  });

  it("of the releaser is told by the signature of the release commit", async () => {
    const { remote, approvals, keys } = fixture();
    const clone = remote.clone("li");
    clone.signWith(keys.li.file);
    const releases = createGitReleases(clone);
    const { commit: base } = await releases.current("sandbox");
    const text = RELEASE.replace("1.0.0", "1.1.0");
    const commit = await releases.commit({ environment: "sandbox", base, text, message: "Release\n" });
    clone.run("push", "--quiet", "origin", `${commit}:refs/heads/main`);
    expect(await approvals.commits(["main"])).toMatchObject([{ signer: 'Li, the "first"', commit }]);
    expect(await approvals.releaser(commit)).toBe('Li, the "first"');
  });

  it.each([
    ["a branch that is not there", "nowhere", "unknownTarget"],
    ["an option for a branch", "--upload-pack=touch", "usage"],
  ])("is refused from %s", async (_, branch, exit) => {
    await expect(fixture().approvals.commits([branch])).rejects.toMatchObject({ exit });
  });
});
