// What every program starts from: who it is, where it is, and a provider for that place.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import {
  ACCOUNTS,
  ENVIRONMENTS,
  type Environment,
  type EnvironmentName,
  PROJECT,
  parseStack,
  type Region,
  type StackName,
  type Tags,
  tagsOf,
} from "../environments";

export interface StackContext {
  stack: string;
  name: StackName;
  tags: Tags;
}

/** @throws Error when the running stack is none of ours */
export function currentStack(): StackContext {
  const stack = pulumi.getStack();
  const name = parseStack(stack);
  if (!name) throw new Error(`${stack} is no stack: <environment>-<layer>, or drill-<id>`);
  return { stack, name, tags: tagsOf(name) };
}

/** The permanent environment of a layer's stack. */
export function environmentOf({ name }: StackContext): Environment & { name: EnvironmentName } {
  return ENVIRONMENTS[name.environment as EnvironmentName] as Environment & { name: EnvironmentName };
}

export function accountId(environment: Environment): string {
  return ACCOUNTS[environment.account];
}

/** An explicit provider: the region is declared, never inherited from somebody's shell. */
export function providerOf(region: Region): alicloud.Provider {
  return new alicloud.Provider(region, { region });
}

/** The outputs of another stack; once per program and stack, because a reference is a resource with a name. */
export function reference(stack: string): pulumi.StackReference {
  return new pulumi.StackReference(`${pulumi.getOrganization()}/${PROJECT}/${stack}`);
}

/** vSwitches of a tier with their zones, as another stack made them. */
export function placesIn(
  network: pulumi.StackReference,
  output: string,
  zones: readonly string[],
): { zone: string; id: pulumi.Output<string> }[] {
  const ids = network.requireOutput(output) as pulumi.Output<string[]>;
  return zones.map((zone, index) => ({ zone, id: ids.apply((list) => list[index]!) }));
}
