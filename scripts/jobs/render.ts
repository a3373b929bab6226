// `ops render`: writes what Argo CD applies, says whether the committed files are current, and shows what a branch changes.

import type { Context } from "../context";
import { OpsError } from "../core/errors";
import { type Arguments, defineJob, flag, text } from "../core/job";
import type { Outcome } from "../core/outcome";
import { shown } from "../evidence/shown";
import { difference, type Staleness, staleness } from "../render/difference";
import type { RenderedFile } from "../render/model";
import { countChanges, markdownChanges, showChanges } from "../render/show";

export default defineJob({
  name: "render",
  summary:
    "Render the manifests that Argo CD applies, check that they are current, or show what a branch changes",
  clauses: ["SEC-RELEASE", "MNT-FUNCTION", "ARC-EVENTS"],
  cadence: "event",
  effect: "isolated",
  evidence: {
    none: "it writes files that a pull request shows; what was applied is recorded by the release",
  },
  arguments: [
    {
      name: "environment",
      kind: "string",
      positional: true,
      description: "only this one, or several separated by commas (default: all that have a cluster)",
    },
    {
      name: "check",
      kind: "boolean",
      description: "write nothing; fail when a committed file is not current",
    },
    { name: "base", kind: "string", description: "write nothing; compare with the files of this commit" },
  ],
  examples: [
    { command: "ops render", what: "Every environment, after a change of k8s/ or of a release." },
    { command: "ops render prod --check", what: "Whether what is committed for production is current." },
    {
      command: "ops render --base origin/main",
      what: "Which objects this branch creates, changes and deletes, property by property.",
    },
  ],
  offline: true,
  async plan(context, args) {
    const names = (await chosen(context, args)).join(", ");
    const base = text(args, "base");
    const first = `evaluate k8s/ for ${names} in this process, without a cluster`;
    if (base) return [first, `compare object by object with k8s/rendered of ${base}`];
    if (flag(args, "check")) return [first, "compare with the committed files; write nothing"];
    return [first, "write the files that differ and remove those that nothing renders any more"];
  },
  async run(context, args) {
    const base = text(args, "base");
    if (base && flag(args, "check")) {
      throw new OpsError("usage", "--base and --check exclude each other", { expected: "one of them" });
    }
    const environments = await chosen(context, args);
    const files = await context.progress.phase(`render ${environments.join(", ")}`, () =>
      context.manifests.render(environments),
    );
    if (base) return compared(context, base, environments, files);
    const texts = new Map(files.map((file) => [file.path, file.text]));
    const state = staleness(await context.manifests.committed(environments), texts);
    return flag(args, "check") ? checked(files, state) : written(context, files, state);
  },
});

async function chosen({ manifests }: Context, args: Arguments): Promise<readonly string[]> {
  const known = await manifests.environments();
  const wanted = text(args, "environment")
    ?.split(",")
    .map((name) => name.trim());
  const unknown = wanted?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length === 0) return known.filter((name) => wanted?.includes(name) ?? true);
  throw new OpsError("usage", `no environment with a cluster is called ${unknown.join(", ")}`, {
    expected: known.join(", "),
  });
}

async function written(
  { manifests }: Context,
  files: readonly RenderedFile[],
  { changed, missing, stale }: Staleness,
): Promise<Outcome> {
  const fresh = new Set([...changed, ...missing]);
  await manifests.write(
    files.filter(({ path }) => fresh.has(path)),
    stale,
  );
  const counts = `${missing.length} new, ${changed.length} changed, ${stale.length} removed`;
  return shown({
    summary: `${files.length} objects rendered: ${counts}, ${files.length - fresh.size} as they were`,
    markdown: `### Rendered: ${files.length} objects, ${counts}`,
    json: { objects: files.length, new: missing, changed, removed: stale },
  });
}

function checked(files: readonly RenderedFile[], { changed, missing, stale }: Staleness): Outcome {
  const lines = [
    ...changed.map((path) => `not current  ${path}`),
    ...missing.map((path) => `missing      ${path}`),
    ...stale.map((path) => `left over    ${path}`),
  ];
  const json = { current: lines.length === 0, changed, missing, stale };
  if (lines.length === 0)
    return shown({
      summary: `${files.length} objects, all current`,
      markdown: `### The rendering is current: ${files.length} objects`,
      json,
    });
  const todo = "Run `npx ops render` and commit what it writes.";
  return shown({
    summary: [...lines, "", `${lines.length} of ${files.length} files are not current. ${todo}`].join("\n"),
    markdown: ["### The rendering is not current", "", ...lines.map((line) => `- ${line}`), "", todo].join(
      "\n",
    ),
    json,
    exit: "fail",
  });
}

async function compared(
  { manifests, color }: Context,
  base: string,
  environments: readonly string[],
  files: readonly RenderedFile[],
): Promise<Outcome> {
  const earlier = await manifests.committedAt(base, environments);
  const changes = difference(earlier.files, new Map(files.map(({ path, text: body }) => [path, body])));
  const title = `Manifests against ${earlier.commit.slice(0, 10)}`;
  return shown({
    summary: showChanges(changes, color),
    markdown: markdownChanges(title, changes),
    json: { title, commit: earlier.commit, summary: countChanges(changes), changes },
  });
}
