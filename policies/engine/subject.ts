// What a rule looks at, whatever surface it comes from: a declared resource, a manifest, a workflow, a service file.
import type { PlannedValue } from "./value";

/**
 * `stack` = what Pulumi programs declare, a preview says or a state holds; `kubernetes` = manifests; `workflow` = GitHub Actions;
 * `service` = our own YAML (platforms, integrations, roster, contract, runbooks …).
 */
export type Surface = "stack" | "kubernetes" | "workflow" | "service";

export const SURFACES: readonly Surface[] = ["stack", "kubernetes", "workflow", "service"];

/** Relative to the repository; line and column start at 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** Keys and indexes from the subject's root to one of its values. */
export type Path = readonly (string | number)[];

/** Of Pulumi resources only. */
export interface ResourceFlags {
  protect: boolean;
  retainOnDelete: boolean;
}

export interface Subject {
  readonly surface: Surface;
  /** Pulumi token; `apps/v1/Deployment`; `workflow`, `action`; of the service: `platform`, `integration`, `clause`, `runbook` … */
  readonly type: string;
  /** Unique within one evaluation, and the same on every run: a URN, `prod/learning/apps/v1/Deployment/web`, a file's path. */
  readonly id: string;
  readonly name: string;
  /** `prod`, `staging`, `dr`, `drill-<id>`; empty where it belongs to none. */
  readonly environment: string;
  readonly properties: Readonly<Record<string, PlannedValue>>;
  /** Absent where the surface has no such thing or does not tell (a preview of an old CLI): a rule then says unknown. */
  readonly flags?: ResourceFlags;
  /** Ids of the subjects that values of this property come from, by dependency and never by name. */
  references(property: string): readonly string[];
  /** Where a value stands; where nothing stands, its nearest parent; undefined when the surface has no file. */
  at(path: Path): Place | undefined;
}

/** All subjects of one evaluation, for rules that look at more than one. */
export interface World {
  /** The date that waivers, expiries and review dates are held against. */
  readonly today: Date;
  of(surface: Surface, ...types: readonly string[]): readonly Subject[];
  subject(id: string): Subject | undefined;
  /** Subjects of a type that refer to this one by the property. */
  referrers(to: Subject, type: string, property: string): readonly Subject[];
  /** True when the repository holds the file. */
  hasFile(path: string): boolean;
}
