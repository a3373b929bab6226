// What is rendered from a release goes with it, in the same commit: Argo CD applies k8s/rendered and nothing else.
import type { Release } from "../../policies/service/releases";
import { OpsError } from "../core/errors";
import type { RenderedFile } from "../render/model";
import type { RenderTools } from "../render/port";

/**
 * Files that differ once the environment runs `after` instead of `before`; empty where nothing is rendered (the sandbox).
 * @param base commit of the main branch, which declares `before`
 * @throws OpsError config when this checkout would render `before` otherwise than it is rendered there: what the release brings
 *   along would then be more than versions
 */
export async function renderedWith(
  { manifests }: RenderTools,
  base: string,
  before: Release,
  after: Release,
): Promise<RenderedFile[]> {
  const { environment } = before;
  if (!(await manifests.environments()).includes(environment)) return [];
  const { files } = await manifests.committedAt(base, [environment]);
  const now = await manifests.renderRelease(before);
  const other = now.find(({ path, text }) => files.get(path) !== text);
  if (other || now.length !== files.size) {
    throw new OpsError("config", `this checkout renders ${environment} differently from the main branch`, {
      expected: `a checkout of ${base.slice(0, 12)}${other ? `; ${other.path} differs` : ""}`,
      todo: "git pull, without changes of your own to k8s/ and policies/, then release again",
    });
  }
  const then = await manifests.renderRelease(after);
  return then.filter(({ path, text }) => files.get(path) !== text);
}
