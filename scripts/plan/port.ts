// The stack programs, evaluated without a cloud.
import type { Prices } from "../../policies/cloud/prices";
import type { Replacements } from "../../policies/cloud/replacements";
import type { DeclaredResource } from "../../policies/contract/resources";
import type { StackPlan } from "./model";

/** The stack programs, evaluated without a cloud. */
export interface Infrastructure {
  /** Permanent stacks in the order of creation, then drills that have a configuration. */
  stacks(): Promise<readonly string[]>;
  /** @throws DeclarationError for configuration, OpsError config for a program that fails */
  evaluate(stacks: readonly string[]): Promise<StackPlan[]>;
  /** The same stacks as another commit declares them; those it does not have are left out. @throws OpsError usage */
  evaluateAt(ref: string, stacks: readonly string[]): Promise<{ commit: string; plans: StackPlan[] }>;
  /** Resources that are declared for clauses of the contract in an environment, from data; evaluates nothing. */
  declaredFor(environment: string): readonly DeclaredResource[];
  /** Which changes replace, which resources hold state. */
  replacements(): Replacements;
  /** List prices with their sources; most are unknown. */
  prices(): Prices;
}

export interface PlanTools {
  infrastructure: Infrastructure;
}
