// What is declared for the clusters (k8s/), rendered to the files that Argo CD applies.
import type { Release } from "../../policies/service/releases";
import type { RenderedFile } from "./model";

export interface Manifests {
  /** Environments that have a cluster, in the order in which they are shown. */
  environments(): Promise<readonly string[]>;
  /** Every file of these environments, by path. @throws DeclarationError for a release file, OpsError config for a builder that fails */
  render(environments: readonly string[]): Promise<RenderedFile[]>;
  /** Every file of one environment as it would be with these versions. @throws OpsError config, usage */
  renderRelease(release: Release): Promise<RenderedFile[]>;
  /** What lies in the working tree for them: path → text. */
  committed(environments: readonly string[]): Promise<Map<string, string>>;
  /** The same of another commit. @throws OpsError usage for a commit that git does not know */
  committedAt(
    ref: string,
    environments: readonly string[],
  ): Promise<{ commit: string; files: Map<string, string> }>;
  /** Writes these files and removes those; each file at once or not at all. */
  write(files: readonly RenderedFile[], stale: readonly string[]): Promise<void>;
}

export interface RenderTools {
  manifests: Manifests;
}
