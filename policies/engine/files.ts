// Which files of the repository hold subjects, and who reads them: one row a kind. Touches no file itself.
import { readManifests } from "./kubernetes/read";
import { readService, type ServiceKind } from "./service/read";
import { readRunbook } from "./service/runbook";
import type { Subject, Surface } from "./subject";
import { readAction, readWorkflow } from "./workflow/read";
import type { Problem } from "./yaml";

export type Reader = (file: string, text: string) => { subjects: Subject[]; problems: Problem[] };

export interface FileKind {
  surface: Surface;
  /** Relative to the repository; `*` = any name, `**` = any folders. */
  glob: string;
  read: Reader;
}

const service = (glob: string, kind: ServiceKind): FileKind => ({
  surface: "service",
  glob,
  read: (file, text) => readService(kind, file, text),
});

/** The first row that matches a file reads it. A row without files is a surface or type with 0 subjects, never a pass. */
export const FILE_KINDS: readonly FileKind[] = [
  { surface: "kubernetes", glob: "k8s/rendered/**/*.yaml", read: readManifests },
  { surface: "workflow", glob: ".github/workflows/*.yaml", read: readWorkflow },
  { surface: "workflow", glob: ".github/workflows/*.yml", read: readWorkflow },
  { surface: "workflow", glob: ".github/actions/*/action.yaml", read: readAction },
  { surface: "workflow", glob: ".github/actions/*/action.yml", read: readAction },
  service("policies/service/platforms/*.yaml", { type: "platform" }),
  service("policies/service/integrations/*.yaml", { type: "integration" }),
  service("policies/contract/clauses.yaml", {
    type: "clause",
    each: "clauses",
    defaults: { numbers: [], proofs: { jobs: [], rules: [], runbooks: [] } },
  }),
  service("policies/service/roster.yaml", { type: "roster" }),
  service("policies/service/key-periods/*.yaml", { type: "key-period" }),
  service("policies/service/probes.yaml", { type: "probe-catalogue" }),
  service("policies/service/changes/*.yaml", { type: "change" }),
  service("policies/service/incidents/*.yaml", { type: "incident" }),
  service("policies/waivers.yaml", { type: "waivers" }),
  service("k8s/releases/*.yaml", { type: "release" }),
  service("stacks/config/Pulumi.*.yaml", { type: "stack-configuration" }),
  { surface: "service", glob: "runbooks/alerts/*.md", read: readRunbook },
  { surface: "service", glob: "runbooks/procedures/*.md", read: readRunbook },
];

export function kindOf(file: string): FileKind | undefined {
  return FILE_KINDS.find(({ glob }) => matches(glob, file));
}

const patterns = new Map<string, RegExp>();

export function matches(glob: string, file: string): boolean {
  let pattern = patterns.get(glob);
  if (!pattern) {
    const source = glob
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*\*\/|\*/g, (star) => (star === "*" ? "[^/]*" : "(?:[^/]+/)*"));
    pattern = new RegExp(`^${source}$`);
    patterns.set(glob, pattern);
  }
  return pattern.test(file);
}
