// `ops render`: writes what Argo CD applies, says whether the committed files are current, and shows what a branch changes.

import type { Context } from "../context";
import type { Outcome } from "../core/outcome";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";
import { difference, type Staleness, staleness } from "../render/difference";
import type { RenderedFile } from "../render/model";
import { countChanges, markdownChanges, showChanges } from "../render/show";

export default defineJob({
  name: "render",
  purpose: "change",
  summary: "Render the manifests that Argo CD applies, check that they are current, or compare with a commit",
  clauses: ["SEC-RELEASE", "MNT-FUNCTION", "ARC-EVENTS"],
  cadence: "event",
  effect: "isolated",
  evidence: {
    none: "it writes files that a pull request shows; what was applied is recorded by the release",
  },
  arguments: {
    environment: {
      kind: "list",
      names: "cluster",
      positional: true,
      description: "only this one, or several separated by commas (default: all that have a cluster)",
    },
    check: { kind: "flag", description: "write nothing; fail when a committed file is not current" },
    base: {
      kind: "text",
      names: "commit",
      value: "ref",
      excludes: ["check"],
      description: "write nothing; compare with the files of this commit",
    },
  },
  examples: [
    { command: "ops render", what: "Every environment, after a change of k8s/ or of a release." },
    { command: "ops render prod --check", what: "Whether what is committed for production is current." },
    {
      command: "ops render --base origin/main",
      what: "Which objects this branch creates, changes and deletes, property by property.",
    },
  ],
  offline: true,
  target: "checkout",
  async plan(context, { environment, check, base }) {
    const names = (await chosen(context, environment)).join(", ");
    const first = `evaluate k8s/ for ${names} in this process, without a cluster`;
    if (base) return [first, `compare object by object with k8s/rendered of ${base}`];
    if (check) return [first, "compare with the committed files; write nothing"];
    return [first, "write the files that differ and remove those that nothing renders any more"];
  },
  async run(context, { environment, check, base }) {
    const environments = await chosen(context, environment);
    const files = await context.progress.phase(`render ${environments.join(", ")}`, () =>
      context.manifests.render(environments),
    );
    if (base) return compared(context, base, environments, files);
    const texts = new Map(files.map((file) => [file.path, file.text]));
    const state = staleness(await context.manifests.committed(environments), texts);
    return check ? checked(files, state) : written(context, files, state);
  },
});

/** In the order in which they are declared. */
async function chosen({ manifests }: Context, wanted: readonly string[]): Promise<readonly string[]> {
  const known = await manifests.environments();
  return known.filter((name) => wanted.length === 0 || wanted.includes(name));
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
  return viewOnly({
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
    return viewOnly({
      summary: `${files.length} objects, all current`,
      markdown: `### The rendering is current: ${files.length} objects`,
      json,
    });
  const todo = "Run `ops render` and commit what it writes.";
  return viewOnly({
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
  return viewOnly({
    summary: showChanges(changes, color),
    markdown: markdownChanges(title, changes),
    json: { title, commit: earlier.commit, summary: countChanges(changes), changes },
  });
}
