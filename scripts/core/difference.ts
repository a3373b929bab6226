// Leaves of two trees that differ, by path. What a tree is, and when two leaves are the same, whoever asks says.

export interface PropertyChange<Value> {
  /** `spec.containers[web].image`, `lifecycleRules[0].days` */
  path: string;
  /** Undefined where the property is new or gone. */
  before: Value | undefined;
  after: Value | undefined;
}

export interface Shape<Value> {
  /** The members of an object; undefined for anything else. */
  members(value: Value | undefined): Readonly<Record<string, Value>> | undefined;
  items(value: Value | undefined): readonly Value[] | undefined;
  /** How items of a list are told apart where their order means nothing. Default: by position. */
  keyed?(items: readonly Value[]): ReadonlyMap<string, Value> | undefined;
  same(before: Value | undefined, after: Value | undefined): boolean;
}

const below = (path: string, name: string): string =>
  (path + (/^[A-Za-z0-9_-]+$/.test(name) ? `.${name}` : `["${name}"]`)).replace(/^\./, "");

const byPosition = <Value>(items: readonly Value[]): Map<string, Value> =>
  new Map(items.map((item, index) => [String(index), item]));

/** In the order of the paths: members by name, items as they stand. */
export function differences<Value>(
  shape: Shape<Value>,
  before: Value | undefined,
  after: Value | undefined,
  path = "",
): PropertyChange<Value>[] {
  const [left, right] = [shape.members(before), shape.members(after)];
  if (left && right) {
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
    return names.flatMap((name) => differences(shape, left[name], right[name], below(path, name)));
  }
  const [one, other] = [shape.items(before), shape.items(after)];
  if (one && other) {
    const keys = [shape.keyed?.(one), shape.keyed?.(other)];
    const [from, to] = keys[0] && keys[1] ? [keys[0], keys[1]] : [byPosition(one), byPosition(other)];
    return [...new Set([...from.keys(), ...to.keys()])].flatMap((key) =>
      differences(shape, from.get(key), to.get(key), `${path}[${key}]`),
    );
  }
  return shape.same(before, after) ? [] : [{ path, before, after }];
}
