// A stack as cards of rows with edges between them: a card is a component, a row one of its resources.
import {
  cloudResources,
  isList,
  isRecord,
  isUnknown,
  type PlannedResource,
  type PlannedValue,
  type StackPlan,
  shortType,
} from "../model";
import { brief } from "../show";

/** What a resource is for; decides its colour. */
export const KINDS = ["network", "data", "compute", "access", "watch"] as const;
export type Kind = (typeof KINDS)[number];

export interface Row {
  id: string;
  /** `oss.Bucket` */
  type: string;
  name: string;
  kind: Kind | "reference";
  protected: boolean;
  /** Its content is lost with it. */
  stateful: boolean;
  /** What hovering shows: where it is declared and its settings, secrets hidden. */
  title: string;
}

export interface Card {
  id: string;
  /** Name of the component, or of the stack that is referred to. */
  name: string;
  /** `Network`; empty for a resource without a component. */
  type: string;
  reference: boolean;
  rows: readonly Row[];
}

/** Ids of rows, or of a whole card: `from` must exist before `to`. */
export interface Edge {
  from: string;
  to: string;
}

export interface Graph {
  stack: string;
  cards: readonly Card[];
  edges: readonly Edge[];
}

/** By module of the provider, first match wins. */
const KIND_OF: readonly (readonly [RegExp, Kind])[] = [
  [/^alicloud:(vpc|alb|dns|cen)\/|^alicloud:ecs\/(eip|securityGroup)/, "network"],
  [/^alicloud:(rds|kvstore|redis|oss|hbr|dts)\/|^alicloud:ecs\/(autoSnapshot|ecsAutoSnapshot)/, "data"],
  [/^alicloud:(kms|ram|ims|wafv3)\//, "access"],
  [/^alicloud:(log|sls|cms|actiontrail)\//, "watch"],
];

function kindOf(type: string): Kind {
  return KIND_OF.find(([pattern]) => pattern.test(type))?.[1] ?? "compute";
}

const SHOWN = 16;

function titleOf(resource: PlannedResource, stateful: boolean): string {
  const { type, name, source, options, inputs } = resource;
  const settings = Object.entries(inputs).map(([key, value]) => `${key}: ${brief(value)}`);
  return [
    `${type} ${name}`,
    ...(source ? [source] : []),
    ...(options.protect ? ["protected: Pulumi refuses to delete it"] : []),
    ...(stateful ? ["stateful: its content is lost with it"] : []),
    "",
    ...settings.slice(0, SHOWN),
    ...(settings.length > SHOWN ? [`… and ${settings.length - SHOWN} more`] : []),
  ].join("\n");
}

const REFERENCE = "pulumi:pulumi:StackReference::";

/** Name of the stack that a URN refers to. */
const referred = (urn: string): string | undefined =>
  urn.includes(REFERENCE) ? urn.split("/").at(-1) : undefined;

/** `prod-network.dataSwitches[0]` → `dataSwitches` for `prod-network`. */
function outputsIn(value: PlannedValue | undefined, stack: string): string[] {
  if (isUnknown(value)) {
    const own = value.from.filter((name) => name.startsWith(`${stack}.`));
    return own.map((name) => /^\w+/.exec(name.slice(stack.length + 1))?.[0] ?? "");
  }
  if (isList(value)) return value.flatMap((item) => outputsIn(item, stack));
  if (isRecord(value)) return Object.values(value).flatMap((item) => outputsIn(item, stack));
  return [];
}

/** Outputs of another stack that a resource is seen to use; known values leave no trace of their output. */
function usedOutputs(resource: PlannedResource, urn: string, stack: string): string[] {
  const properties = Object.entries(resource.propertyDependencies).filter(([, urns]) => urns.includes(urn));
  return [...new Set(properties.flatMap(([property]) => outputsIn(resource.inputs[property], stack)))];
}

function referenceCard(stack: string, id: string, outputs: readonly string[]): Card {
  const rows = outputs.map(
    (name): Row => ({
      id: `${id}-${name}`,
      type: "",
      name,
      kind: "reference",
      protected: false,
      stateful: false,
      title: `output ${name} of ${stack}`,
    }),
  );
  return { id, name: stack, type: "reads", reference: true, rows };
}

/** The component directly below the stack that a resource belongs to; undefined when it stands alone. */
function topOf(
  resource: PlannedResource,
  byUrn: ReadonlyMap<string, PlannedResource>,
): PlannedResource | undefined {
  let at = byUrn.get(resource.parent);
  for (
    let above = at && byUrn.get(at.parent);
    at && above && above.parent !== "";
    above = byUrn.get(at.parent)
  )
    at = above;
  return at && at.parent !== "" ? at : undefined;
}

/**
 * @param isStateful of a type: is its content lost with it
 */
export function graphOf(plan: StackPlan, isStateful: (type: string) => boolean): Graph {
  const byUrn = new Map(plan.resources.map((resource) => [resource.urn, resource]));
  const prefix = plan.stack;
  const resources = cloudResources(plan);
  const ids = new Map(resources.map(({ urn }, index) => [urn, `${prefix}-r${index}`]));
  const rowOf = (resource: PlannedResource): Row => {
    const stateful = isStateful(resource.type);
    return {
      id: ids.get(resource.urn)!,
      type: shortType(resource.type),
      name: resource.name,
      kind: kindOf(resource.type),
      protected: resource.options.protect,
      stateful,
      title: titleOf(resource, stateful),
    };
  };
  const members = new Map<PlannedResource, PlannedResource[]>();
  for (const resource of resources) {
    const top = topOf(resource, byUrn) ?? resource;
    members.set(top, [...(members.get(top) ?? []), resource]);
  }
  const components = [...members].map(
    ([top, own], index): Card => ({
      id: `${prefix}-c${index}`,
      name: top.name,
      type: shortType(top.type),
      reference: false,
      rows: own.map(rowOf),
    }),
  );
  const outputs = new Map(plan.references.map((stack) => [stack, new Set<string>()]));
  const cardId = (stack: string): string => `${prefix}-from-${stack}`;
  const edges = resources.flatMap((resource) =>
    resource.dependencies.flatMap((urn): Edge[] => {
      const to = ids.get(resource.urn)!;
      const from = ids.get(urn);
      if (from !== undefined) return [{ from, to }];
      const stack = referred(urn);
      if (stack === undefined) return [];
      const used = usedOutputs(resource, urn, stack);
      for (const name of used) outputs.get(stack)?.add(name);
      return used.length > 0
        ? used.map((name) => ({ from: `${cardId(stack)}-${name}`, to }))
        : [{ from: cardId(stack), to }];
    }),
  );
  const references = [...outputs].map(([stack, names]) =>
    referenceCard(stack, cardId(stack), [...names].sort()),
  );
  return { stack: plan.stack, cards: [...references, ...components], edges };
}
