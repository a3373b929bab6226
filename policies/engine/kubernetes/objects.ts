// How objects of a cluster find one another: by namespace, name and labels, as Kubernetes itself resolves them. Objects of
// different environments never meet.
import { type PathLike, valueAt } from "../expect";
import type { Path, Subject, World } from "../subject";
import { isList, isRecord, type PlannedValue } from "../value";

/** Text at a path; undefined for everything else. */
export function textAt(subject: Subject, path: PathLike): string | undefined {
  const value = valueAt(subject, path);
  return typeof value === "string" ? value : undefined;
}

export function listAt(subject: Subject, path: PathLike): readonly PlannedValue[] {
  const value = valueAt(subject, path);
  return isList(value) ? value : [];
}

/** Texts by name, as labels and annotations are. */
export function mapAt(subject: Subject, path: PathLike): Readonly<Record<string, string>> {
  const value = valueAt(subject, path);
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

/** Empty for an object of the cluster. */
export function namespaceOf({ properties }: Subject): string {
  const { metadata } = properties;
  return isRecord(metadata) && typeof metadata.namespace === "string" ? metadata.namespace : "";
}

export function annotationOf(subject: Subject, name: string): string | undefined {
  return textAt(subject, ["metadata", "annotations", name]);
}

/** Objects of the same environment. */
export function inCluster(
  world: World,
  { environment }: Subject,
  ...types: readonly string[]
): readonly Subject[] {
  const index = indexOf(world);
  const of = (type: string): readonly Subject[] => index.get(keyOf(environment, type)) ?? NONE;
  return types.length === 1 ? of(types[0]!) : types.flatMap(of);
}

const NONE: readonly Subject[] = [];

/** Objects of the same environment and namespace. */
export function inNamespace(world: World, subject: Subject, ...types: readonly string[]): readonly Subject[] {
  return inCluster(world, subject, ...types.map((type) => `${namespaceOf(subject)}/${type}`));
}

const keyOf = (environment: string, type: string): string => `${environment} ${type}`;

/** By environment and type, and by environment, namespace and type: every rule across objects asks for these. */
const indexes = new WeakMap<World, Map<string, Subject[]>>();

function indexOf(world: World): Map<string, Subject[]> {
  let index = indexes.get(world);
  if (index) return index;
  index = new Map();
  for (const subject of world.of("kubernetes")) {
    for (const type of [subject.type, `${namespaceOf(subject)}/${subject.type}`]) {
      const key = keyOf(subject.environment, type);
      const list = index.get(key) ?? [];
      index.set(key, list);
      list.push(subject);
    }
  }
  indexes.set(world, index);
  return index;
}

export function named(subjects: readonly Subject[], name: PlannedValue | undefined): Subject | undefined {
  return subjects.find((each) => each.name === name);
}

/**
 * A label selector held against labels. Nothing selects nothing; `{}` selects everything.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
export function selects(
  selector: PlannedValue | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (!isRecord(selector)) return false;
  const { matchLabels, matchExpressions } = selector;
  const equal = !isRecord(matchLabels) || equalLabels(matchLabels, labels);
  const expressions = isList(matchExpressions) ? matchExpressions : [];
  return equal && expressions.every((each) => isRecord(each) && holds(each, labels));
}

/** The selector of a Service: equality only. */
export function equalLabels(
  wanted: Readonly<Record<string, PlannedValue>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(labels, name) && labels[name] === value,
  );
}

function holds(
  { key, operator, values }: Readonly<Record<string, PlannedValue>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = typeof key === "string" && Object.hasOwn(labels, key) ? labels[key] : undefined;
  const listed = isList(values) && value !== undefined && values.includes(value);
  if (operator === "In") return listed;
  if (operator === "NotIn") return !listed;
  return operator === "Exists" ? value !== undefined : operator === "DoesNotExist" && value === undefined;
}

/** Items of a list with the path of each. */
export function itemsAt(subject: Subject, path: Path): { item: PlannedValue; path: Path }[] {
  return listAt(subject, path).map((item, index) => ({ item, path: [...path, index] }));
}

/** Go's notation (`1h30m`, `15m`, `100ms`) in seconds; undefined for anything else. */
export function secondsOf(duration: PlannedValue | undefined): number | undefined {
  if (typeof duration !== "string" || !/^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$/.test(duration)) return undefined;
  const units = { h: 3600, m: 60, s: 1, ms: 0.001 } as const;
  let seconds = 0;
  for (const [, amount, unit] of duration.matchAll(/([0-9.]+)(ms|h|m|s)/g))
    seconds += Number(amount) * units[unit as keyof typeof units];
  return seconds;
}
