// Port: All of it together: what one run of a job is given, and what it returns. Interfaces only; adapters implement them.
import type { Contract } from "../policies/contract/contract";
import type { Roster } from "../policies/service/roster";
import type { Integration, Platform } from "../policies/service/service";
import type { Backups } from "./backup/port";
import type { Subjects } from "./check/port";
import type { Clock } from "./core/clock";
import type { ExitName } from "./core/errors";
import type { Artifact, Check, Measurement } from "./core/evidence";
import type { Job } from "./core/job";
import type { Progress } from "./core/progress";
import type { Dumps } from "./dump/port";
import type { Ledger } from "./evidence/port";
import type { Isolation } from "./isolation/port";
import type { Host } from "./machine/port";
import type { MigrationFiles } from "./migrate/port";
import type { GitHub } from "./pipeline/github";
import type { Pipelines } from "./pipeline/port";
import type { Infrastructure } from "./plan/port";
import type { Servers } from "./postgres/port";
import type { Delivery } from "./release/port";
import type { Manifests } from "./render/port";
import type { Sandbox } from "./sandbox/port";
import type { Laboratory } from "./self-test/port";

export interface Tools {
  host: Host;
  isolation: Isolation;
  servers: Servers;
  backups: Backups;
  ledger: Ledger;
  sandbox: Sandbox | undefined;
  infrastructure: Infrastructure;
  subjects: Subjects;
  laboratory: Laboratory;
  pipelines: Pipelines;
  github: GitHub;
  manifests: Manifests;
  delivery: Delivery;
  dumps: Dumps;
  migrations: MigrationFiles;
}

export interface Context extends Tools {
  environment: string;
  /** Known without reading the platform's declaration. */
  platformName: string;
  platform: Platform;
  integrations: readonly Integration[];
  contract: Contract;
  roster: Roster;
  /** Every discovered job, loaded when asked for; the contract names them as proofs. */
  jobs: () => Promise<readonly Job[]>;
  /** True when standard output takes colour. */
  color: boolean;
  clock: Clock;
  progress: Progress;
  /** Uniform in [0, 1); seeded, so that a run can be repeated. */
  random: () => number;
  /** Short unique id, e.g. `20261123t023004-k3f9`. */
  newId(): string;
  signal: AbortSignal;
  /** Runs at the end of the job, last registered first, whatever happened. */
  defer(name: string, cleanup: () => Promise<void>): void;
  /** Where reports for people go. */
  reports: string;
  /** Where copies are restored to; one directory per copy under it. */
  copies: string;
  /** Short directory for their sockets: a socket's whole path must stay under 107 bytes. */
  sockets: string;
  /** Inputs named in every evidence of this run: git commit, versions, seed. */
  inputs: Readonly<Record<string, string>>;
  actor: string;
  /** Columns of the terminal that the summary is rendered for. */
  width: number;
}

/** What a job returns; the runner turns it into signed evidence and prints it. */
export interface Outcome {
  checks: Check[];
  measurements: Measurement[];
  artifacts: Artifact[];
  facts: Record<string, unknown>;
  inputs?: Record<string, string>;
  /** False when this run leaves no evidence (a listing, a clean-up). Default true. */
  record?: boolean;
  /** Rendered for a pull request or a step summary. */
  markdown?: string;
  /** Printed to standard output at the end (human modes). */
  summary?: string;
  /** A machine's format: written to standard output as it is, alone, instead of the summary. */
  document?: string;
  /** Printed instead of the summary with --json. */
  json?: unknown;
  /** Exit code of a job whose verdict is about something other than itself; by default it follows the verdict. */
  exit?: ExitName;
}
