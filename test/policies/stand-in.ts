// STAND-IN for the Pulumi CLI, which cannot run here without a cloud: writes a plan as `pulumi preview --json`
// (display.PreviewDigest) and as `pulumi stack export` (apitype.UntypedDeployment) would. Strict about the formats that the
// CLI's Go sources give: field names, what is left out when empty, sentinels of unknown and of secret values.
import {
  isList,
  isRecord,
  isSecret,
  isUnknown,
  type PlannedResource,
  type PlannedValue,
  type StackPlan,
  type Unknown,
} from "../../scripts/plan/model";

export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Encode = (value: PlannedValue) => unknown;

/** Walks a value; `leaf` says how what is special is written. */
export function encoded(value: PlannedValue, secret: Encode): unknown {
  if (isUnknown(value)) return UNKNOWN;
  if (isSecret(value)) return secret(value);
  if (isList(value)) return value.map((each) => encoded(each, secret));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encoded(each, secret)]));
  return value;
}

/** apitype.ResourceV3: `omitempty` leaves out what is false or empty. */
function resourceV3(resource: PlannedResource, secret: Encode, id?: string): Record<string, unknown> {
  const { urn, custom, type, inputs, parent, options, dependencies, propertyDependencies } = resource;
  const encodedInputs = Object.entries(inputs).map(([key, value]) => [key, encoded(value, secret)]);
  return {
    urn,
    custom,
    ...(id === undefined ? {} : { id }),
    type,
    inputs: { ...Object.fromEntries(encodedInputs), __defaults: [] },
    ...(parent === "" ? {} : { parent }),
    ...(options.protect ? { protect: true } : {}),
    ...(options.retainOnDelete ? { retainOnDelete: true } : {}),
    ...(dependencies.length > 0 ? { dependencies } : {}),
    ...(Object.keys(propertyDependencies).length > 0 ? { propertyDependencies } : {}),
  };
}

/** A first preview: every resource is created. */
export function previewOf(plan: StackPlan): string {
  const steps = plan.resources.map((resource) => ({
    op: "create",
    urn: resource.urn,
    newState: resourceV3(resource, () => "[secret]"),
  }));
  const digest = { config: {}, steps, duration: 1, changeSummary: { create: steps.length } };
  return JSON.stringify(digest, null, 4);
}

/** After an update: nothing is unknown any more. */
export function stateOf(plan: StackPlan): string {
  const secret: Encode = () => ({ [SIGNATURE]: SECRET, ciphertext: "v1:AAAA:BBBB" });
  const resources = known(plan).resources.map((resource, index) =>
    resourceV3(resource, secret, `id-${index}`),
  );
  const gone = { ...resources.at(-1), delete: true, inputs: {} };
  const deployment = {
    manifest: { time: "2026-11-25T00:00:00Z", magic: "", version: "v3.248.0" },
    resources: [...resources, gone],
  };
  return JSON.stringify({ version: 3, deployment }, null, 4);
}

/** Outputs of other stacks, which the CLI knows in a preview: those stacks were deployed before. */
export const outputsKnown = (plan: StackPlan): StackPlan =>
  known(plan, ({ from }) => from.some((name) => name.includes(".")));

/** The same plan with a text in place of what was unknown. */
export function known(plan: StackPlan, which: (unknown: Unknown) => boolean = () => true): StackPlan {
  const value = (each: PlannedValue): PlannedValue => {
    if (isUnknown(each) && !which(each)) return each;
    if (isUnknown(each)) return `known-${each.from.join("-") || "value"}`;
    if (isList(each)) return each.map(value);
    if (isRecord(each))
      return Object.fromEntries(Object.entries(each).map(([key, child]) => [key, value(child)]));
    return each;
  };
  return changed(plan, (inputs) => value(inputs) as PlannedResource["inputs"]);
}

/** The same resources with other inputs, so that rules find something. */
export function changed(
  plan: StackPlan,
  change: (inputs: PlannedResource["inputs"]) => PlannedResource["inputs"],
): StackPlan {
  return {
    ...plan,
    resources: plan.resources.map((each) => ({ ...each, inputs: change(each.inputs) })),
  };
}

/** Everything that can be wrong at once: switches turned over, figures at zero, protection gone. */
export function spoiled(plan: StackPlan): StackPlan {
  const value = (each: PlannedValue): PlannedValue => {
    if (typeof each === "boolean") return !each;
    if (typeof each === "number") return 0;
    if (isList(each)) return each.map(value);
    if (isRecord(each))
      return Object.fromEntries(Object.entries(each).map(([key, child]) => [key, value(child)]));
    return each;
  };
  const turned = changed(plan, (inputs) => value(inputs) as PlannedResource["inputs"]);
  const resources = turned.resources.map((each) => ({
    ...each,
    options: { ...each.options, protect: !each.options.protect },
  }));
  return { ...turned, resources };
}

/** Nothing but names: what defaults leave open. */
export const bare = (plan: StackPlan): StackPlan => changed(plan, () => ({}));
