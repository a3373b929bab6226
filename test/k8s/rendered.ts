// What k8s/ renders for an environment, as data: for tests that look at objects rather than at text.

import { load } from "js-yaml";
import { readManifests } from "../../policies/engine/kubernetes/read";
import { mistakesOf } from "../../policies/engine/kubernetes/schema";
import { createHost } from "../../scripts/machine";
import { createManifests } from "../../scripts/render/adapter";
import type { RenderedFile } from "../../scripts/render/model";
import { ROOT } from "../policies/repository";

export const ENVIRONMENTS = ["prod", "staging", "dr"] as const;

export const manifests = createManifests(createHost(), ROOT);

interface Labels {
  [name: string]: string;
}

/** As much of an object as the tests ask for. */
export interface Rendered {
  file: RenderedFile;
  kind: string;
  apiVersion: string;
  metadata: { name: string; namespace?: string; labels: Labels; annotations?: Labels };
  spec: Record<string, unknown>;
}

export async function renderAll(): Promise<Rendered[]> {
  const files = await manifests.render(ENVIRONMENTS);
  return files.map((file) => ({ ...(load(file.text) as Omit<Rendered, "file">), file }));
}

/** Where a schema of Kubernetes 1.35 or of a CRD refuses a file: `path: message`. */
export function schemaMistakes({ path, text }: RenderedFile): string[] {
  const { subjects, problems } = readManifests(path, text);
  return [
    ...problems.map(({ message }) => message),
    ...subjects.flatMap((subject) =>
      mistakesOf(subject).map((mistake) => `${mistake.path.join(".")}: ${mistake.message}`),
    ),
  ];
}

export interface Pod {
  metadata: { labels: Labels };
  spec: {
    automountServiceAccountToken: boolean;
    serviceAccountName: string;
    hostNetwork?: boolean;
    securityContext: Record<string, unknown>;
    topologySpreadConstraints?: { topologyKey: string; whenUnsatisfiable: string }[];
    volumes: { name: string; hostPath?: unknown }[];
    containers: Container[];
    initContainers?: Container[];
  };
}

export interface Container {
  name: string;
  image: string;
  env: { name: string; value?: string }[];
  resources: { requests: Labels; limits: Labels };
  securityContext: Record<string, unknown>;
  startupProbe?: unknown;
  readinessProbe?: unknown;
  livenessProbe?: unknown;
}

/** The pod template of whatever controls pods; undefined for other kinds. */
export function podOf({ kind, spec }: Rendered): Pod | undefined {
  if (kind === "Deployment" || kind === "Rollout") return spec.template as Pod;
  if (kind === "CronJob") return (spec.jobTemplate as { spec: { template: Pod } }).spec.template;
  return undefined;
}

/** `prod learning/worker-sms Deployment`: for the names of tests. */
export const titleOf = ({ file, kind, metadata }: Rendered): string =>
  `${file.environment} ${metadata.namespace ?? "-"}/${metadata.name} ${kind}`;
