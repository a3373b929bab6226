// Names of resources as the engine makes them (https://www.pulumi.com/docs/iac/concepts/resources/names/#urns).
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { PlannedResource } from "../model";

export const ROOT_TYPE = "pulumi:pulumi:Stack";

/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
export function urnOf(stack: string, project: string, parent: string, type: string, name: string): string {
  const above = parent === "" ? "" : parent.split("::")[2]!;
  const qualified = above === "" || above === ROOT_TYPE ? type : `${above}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/**
 * Every earlier URN of a resource: each of its own aliases, under its parent and under each alias of the parent.
 * The engine derives the same set, so a renamed component keeps its children.
 */
export function aliasUrns(
  stack: string,
  project: string,
  request: RegisterResourceRequest,
  parent: PlannedResource | undefined,
): string[] {
  const name = request.getName();
  const type = request.getType();
  const urn = urnOf(stack, project, request.getParent(), type, name);
  const parents = [request.getParent(), ...(parent?.aliases ?? [])];
  const under = (above: string, asName: string, asType: string): string =>
    urnOf(stack, project, above, asType, childName(asName, parent, above));
  const inherited = parents.slice(1).map((above) => under(above, name, type));
  const own = request.getAliasesList().flatMap((alias) => {
    const spec = alias.getSpec();
    if (!spec) return [alias.getUrn()];
    const [asName, asType] = [spec.getName() || name, spec.getType() || type];
    if (spec.getNoparent())
      return [urnOf(spec.getStack() || stack, spec.getProject() || project, "", asType, asName)];
    const above = spec.getParenturn() === "" ? parents : [spec.getParenturn()];
    return above.map((each) => under(each, asName, asType));
  });
  return [...new Set([...own, ...inherited])].filter((alias) => alias !== "" && alias !== urn);
}

/** A child named after its parent was named after the parent's earlier name too. */
function childName(name: string, parent: PlannedResource | undefined, earlierParent: string): string {
  const earlier = earlierParent.split("::")[3];
  if (!parent || earlier === undefined || !name.startsWith(parent.name)) return name;
  return earlier + name.slice(parent.name.length);
}
