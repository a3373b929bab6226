// All tools together: what the composition root puts together and jobs are given. Rooms name only those they need.
import type { BackupTools } from "./backup/port";
import type { CheckTools } from "./check/port";
import type { Names } from "./cli/values";
import type { ContractTools } from "./contract/port";
import type { Job } from "./core/job";
import type { Core, Operated, Terminal } from "./core/tools";
import type { DataTools, RowFileTools } from "./data/port";
import type { StatementTools } from "./data/reconcile/port";
import type { DumpTools } from "./dump/port";
import type { EvidenceTools, Provenance } from "./evidence/port";
import type { IsolationTools } from "./isolation/port";
import type { MachineTools, Workspace } from "./machine/port";
import type { MaskingTools } from "./masking/port";
import type { MigrateTools } from "./migrate/port";
import type { GitHubTools } from "./pipeline/github";
import type { PipelineTools } from "./pipeline/port";
import type { PlanTools } from "./plan/port";
import type { PostgresTools } from "./postgres/port";
import type { ReleaseTools } from "./release/port";
import type { RenderTools } from "./render/port";
import type { SandboxTools } from "./sandbox/port";
import type { SelfTestTools } from "./self-test/port";

export interface Context
  extends Core,
    Operated,
    Terminal,
    Workspace,
    Provenance,
    BackupTools,
    CheckTools,
    ContractTools,
    RowFileTools,
    DataTools,
    DumpTools,
    EvidenceTools,
    GitHubTools,
    IsolationTools,
    MachineTools,
    MaskingTools,
    MigrateTools,
    PipelineTools,
    PlanTools,
    PostgresTools,
    ReleaseTools,
    RenderTools,
    SandboxTools,
    SelfTestTools,
    StatementTools {
  /** Every discovered job, loaded when asked for; the contract names them as proofs. */
  jobs: () => Promise<readonly Job[]>;
  /** What exists by name, for completion. */
  names: Names;
}
