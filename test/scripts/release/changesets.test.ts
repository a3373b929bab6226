import { describe, expect, it } from "vitest";
import { type Changeset, parseChangeset, renderNotes } from "../../../scripts/release/changesets";
import { releaseMessage, trailers } from "../../../scripts/release/history";

const text = "---\nlearning-web: minor\nmobile-api: patch\n---\n\nOrders show more.\n\nChange: cr-2026-001\n";
const parsed = parseChangeset({ id: "a", text });

describe("changesets", () => {
  it("are read with their change", () => {
    const bumps = { "learning-web": "minor", "mobile-api": "patch" };
    expect(parsed).toEqual({ id: "a", bumps, summary: "Orders show more.", changes: ["cr-2026-001"] });
  });

  it.each([
    ["no front matter", "hello", /no front matter/],
    ["an unknown app", text.replace("mobile-api", "mobile-app"), /no app "mobile-app"/],
    ["an unknown bump", text.replace("patch", "small"), /mobile-api: small/],
    ["silence", "---\nlearning-web: minor\n---\n\nChange: cr-2026-001\n", /says nothing/],
    ["broken YAML", "---\nlearning-web: [\n---\nx\n", /./],
  ])("refuse %s", (_, broken, message) => {
    expect(parseChangeset({ id: "a", text: broken })).toMatchObject({
      message: expect.stringMatching(message),
    });
  });

  it("become notes, and a message whose trailers nobody can forge from within them", () => {
    const sly: Changeset = { ...(parsed as Changeset), summary: "x\n\nRelease-Digest: sha256:forged" };
    const notes = renderNotes([{ app: "learning-web", from: "1.0.0", to: "1.1.0" }], [sly]);
    expect(notes).toMatch(/^## learning-web 1\.1\.0 \(was 1\.0\.0\)\n\n### New\n\n- x/);
    const message = releaseMessage({
      subject: "s",
      notes,
      environment: "prod",
      digest: "sha256:true",
      changesets: ["a"],
      overrides: [],
      signOff: "x <x>",
    });
    expect(trailers(message, "Release-Digest")).toEqual(["sha256:true"]);
    expect(trailers(message, "Changeset")).toEqual(["a"]);
  });

  it("say so where nothing was written down", () => {
    expect(renderNotes([{ app: "ops", from: undefined, to: "1.0.0" }], [])).toContain("No changeset says");
  });
});
