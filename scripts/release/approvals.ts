// Who released and who approved, by proofs that nobody can type.
import type { Approval } from "./override";

export interface Approvals {
  /**
   * The person of the roster who releases: by the signature of the release commit or, in a pipeline, by the account that
   * started the run. Undefined = nobody can tell.
   */
  releaser(commit: string): Promise<string | undefined>;
  /** Fetches these branches and verifies the signature of their newest commit. @throws OpsError unavailable */
  commits(branches: readonly string[]): Promise<Approval[]>;
  /** Reviews of the pipeline's run that somebody approved; empty outside a pipeline. @throws OpsError unavailable */
  reviews(): Promise<Approval[]>;
}
