// Reads what the pipelines are allowed not to do yet. Whether it is still needed is asked where jobs and workflows are known.
import { accept, isReadable, readDeclaration } from "../engine/declaration";
import { oneOf } from "../engine/suggest";
import schema from "../schemas/pipeline-exceptions.schema.json";
import { loadRoster } from "./roster";

const FILE = "policies/service/pipeline-exceptions.yaml";

export interface PipelineException {
  /** `schedule`: nobody keeps the job's cadence. `command`: a workflow's line names a job that is not built. */
  kind: "schedule" | "command";
  what: string;
  reason: string;
  /** A role of the roster. */
  owner: string;
  /** ISO day; on the day after it the exception counts no longer. */
  expires: string;
}

/** @throws DeclarationError also for an owner whom the roster does not have */
export function loadPipelineExceptions(root: string): PipelineException[] {
  const declaration = readDeclaration<{ exceptions: PipelineException[] }>(root, FILE, schema);
  if (isReadable(declaration)) {
    const roles = loadRoster(root).roles.map(({ name }) => name);
    for (const [index, { owner }] of declaration.value.exceptions.entries())
      if (!roles.includes(owner))
        declaration.report(`/exceptions/${index}/owner`, `no role is called ${owner}`, oneOf(owner, roles));
  }
  return accept([declaration])[0]!.exceptions;
}

/** Those that still count on this day. */
export const inForce = (exceptions: readonly PipelineException[], today: Date): PipelineException[] =>
  exceptions.filter(({ expires }) => Date.parse(`${expires}T23:59:59+08:00`) >= today.getTime());
