// What a change of the programs does to the cloud: create, update, replace, delete, and what follows from each.
// Pure: two sets of plans and the table of replacements in, changes out.
import type { Replacements } from "../../policies/cloud/replacements";
import { cloudResources, isUnknown, type PlannedResource, type StackPlan } from "./model";
import { type CompareOptions, compareValues, type PropertyChange, topLevel, under } from "./properties";

export type Verdict = "create" | "update" | "replace" | "delete" | "rename";

export interface ChangedProperty extends PropertyChange {
  /** Its change makes the provider replace the resource. */
  replaces: boolean;
}

export interface Change {
  stack: string;
  verdict: Verdict;
  /** The resource as it will be; for a deletion as it was. */
  resource: PlannedResource;
  /** URN before, when it was another. */
  formerUrn?: string;
  properties: readonly ChangedProperty[];
  /** Why a person should look twice; empty for harmless changes. */
  dangers: readonly string[];
  /** The change that this one follows from: it would not be there alone. A name such as `prod-data courses`. */
  follows?: string;
  /** True when nobody has declared which of the type's properties replace it. */
  verdictUnknown: boolean;
}

interface Pair {
  stack: string;
  before: PlannedResource | undefined;
  after: PlannedResource | undefined;
}

/** Resources of both sides, matched by URN or by an alias of the later one. */
function pairs(base: readonly StackPlan[], head: readonly StackPlan[]): Pair[] {
  const names = [...new Set([...head, ...base].map(({ stack }) => stack))];
  return names.flatMap((stack) => {
    const of = (plans: readonly StackPlan[]): PlannedResource[] => {
      const plan = plans.find((candidate) => candidate.stack === stack);
      return plan ? cloudResources(plan) : [];
    };
    const left = new Map(of(base).map((resource) => [resource.urn, resource]));
    const matched = of(head).map((after): Pair => {
      const urn = [after.urn, ...after.aliases].find((candidate) => left.has(candidate));
      const before = urn === undefined ? undefined : left.get(urn);
      if (urn !== undefined) left.delete(urn);
      return { stack, before, after };
    });
    return [...matched, ...[...left.values()].map((before): Pair => ({ stack, before, after: undefined }))];
  });
}

function changedProperties(
  before: PlannedResource,
  after: PlannedResource,
  table: Replacements,
  options: CompareOptions,
): ChangedProperty[] {
  const forced = new Set([...(table.types[after.type]?.properties ?? []), ...after.options.replaceOnChanges]);
  return compareValues(before.inputs, after.inputs, options)
    .filter(({ path }) => !after.options.ignoreChanges.some((pattern) => under(path, pattern)))
    .map((change) => ({ ...change, replaces: forced.has(topLevel(change.path)) || forced.has(change.path) }));
}

function dangersOf(verdict: Verdict, pair: Pair, table: Replacements): string[] {
  const { before, after } = pair;
  const dangers: string[] = [];
  const destroys = verdict === "replace" || verdict === "delete";
  const resource = (before ?? after)!;
  if (destroys && table.types[resource.type]?.stateful) dangers.push(`${verdict} loses its content`);
  if (destroys && before?.options.protect) dangers.push(`it is protected: Pulumi refuses to ${verdict} it`);
  if (before?.options.protect && after && !after.options.protect)
    dangers.push("its protection is taken away");
  return dangers;
}

function changeOf(pair: Pair, table: Replacements, options: CompareOptions): Change | undefined {
  const { stack, before, after } = pair;
  const make = (verdict: Verdict, resource: PlannedResource, properties: ChangedProperty[] = []): Change => ({
    stack,
    verdict,
    resource,
    properties,
    dangers: dangersOf(verdict, pair, table),
    verdictUnknown: verdict === "update" && table.types[resource.type] === undefined,
    ...(before && after && before.urn !== after.urn ? { formerUrn: before.urn } : {}),
  });
  if (!before) return make("create", after!);
  if (!after) return make("delete", before);
  const properties = changedProperties(before, after, table, options);
  if (properties.some(({ replaces }) => replaces)) return make("replace", after, properties);
  if (properties.length > 0) return make("update", after, properties);
  if (before.urn !== after.urn) return make("rename", after);
  return before.options.protect && !after.options.protect ? make("update", after) : undefined;
}

/** Names a change for people: `prod-data courses`. */
export function nameOf({ stack, resource }: Pick<Change, "stack" | "resource">): string {
  return `${stack} ${resource.name}`;
}

/** Another stack's name when a URN is a reference to it. */
function referenceTo(urn: string): string | undefined {
  return urn.includes("pulumi:pulumi:StackReference::") ? urn.split("/").at(-1) : undefined;
}

/** The change that explains all changed properties of another: each of them comes from a changed resource or stack. */
function cause(
  change: Change,
  changed: ReadonlyMap<string, Change>,
  outputs: ReadonlySet<string>,
): string | undefined {
  if (change.properties.length === 0) return undefined;
  const causes = change.properties.map(({ path }) => {
    const from = change.resource.propertyDependencies[topLevel(path)] ?? [];
    const local = from.map((urn) => changed.get(urn)).find((other) => other && other !== change);
    return local
      ? nameOf(local)
      : from.map(referenceTo).find((stack) => stack !== undefined && outputs.has(stack));
  });
  return causes.every((found) => found !== undefined) ? causes[0] : undefined;
}

/** What a replacement drags along: values that come from a replaced resource are new, though nobody knows them yet. */
function dragged(head: readonly StackPlan[], changes: readonly Change[], table: Replacements): Change[] {
  const known = new Set(changes.map(({ resource }) => resource.urn));
  const queue = changes.filter(({ verdict }) => verdict === "replace");
  const found: Change[] = [];
  for (const origin of queue) {
    const plan = head.find(({ stack }) => stack === origin.stack);
    for (const resource of plan ? cloudResources(plan) : []) {
      const touched = Object.entries(resource.propertyDependencies)
        .filter(
          ([property, urns]) => urns.includes(origin.resource.urn) && isUnknown(resource.inputs[property]),
        )
        .map(([property]) => property);
      if (touched.length === 0 || known.has(resource.urn)) continue;
      known.add(resource.urn);
      const forced = table.types[resource.type]?.properties ?? [];
      const verdict = touched.some((property) => forced.includes(property)) ? "replace" : "update";
      const pair: Pair = { stack: origin.stack, before: resource, after: resource };
      const change: Change = {
        stack: origin.stack,
        verdict,
        resource,
        properties: touched.map((path) => {
          const value = resource.inputs[path];
          return { path, before: value, after: value, replaces: forced.includes(path) };
        }),
        dangers: dangersOf(verdict, pair, table),
        follows: nameOf(origin),
        verdictUnknown: verdict === "update" && table.types[resource.type] === undefined,
      };
      found.push(change);
      if (verdict === "replace") queue.push(change);
    }
  }
  return found;
}

/**
 * Changes from `base` to `head`, stack by stack in the order of `head`. Those that only follow from another carry
 * `follows`.
 */
export function difference(
  base: readonly StackPlan[],
  head: readonly StackPlan[],
  table: Replacements,
  options: CompareOptions = {},
): Change[] {
  const changes = pairs(base, head).flatMap((pair) => changeOf(pair, table, options) ?? []);
  const changed = new Map(changes.map((change) => [change.resource.urn, change]));
  const outputs = new Set(
    head
      .filter((plan) => {
        const earlier = base.find(({ stack }) => stack === plan.stack);
        return earlier && compareValues(earlier.outputs, plan.outputs).length > 0;
      })
      .map(({ stack }) => stack),
  );
  const explained = changes.map((change): Change => {
    const follows = cause(change, changed, outputs);
    return follows === undefined ? change : { ...change, follows };
  });
  return [...explained, ...dragged(head, explained, table)];
}

/** Permanent stacks that a difference touches, in its order; a drill's are made and removed by drills. */
export const touchedStacks = (changes: readonly Pick<Change, "stack">[]): string[] =>
  [...new Set(changes.map(({ stack }) => stack))].filter((stack) => !stack.startsWith("drill-"));
