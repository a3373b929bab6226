// Kubernetes objects as data, and how each becomes the text of one file.
import { dump } from "js-yaml";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface RenderedFile {
  environment: string;
  app: string;
  /** `k8s/rendered/<environment>/<app>/<kind>-<name>.yaml`, relative to the repository. */
  path: string;
  text: string;
}

export const RENDERED = "k8s/rendered";

/** @param app its name and the namespace that it calls its own: an object of another one says so in its file's name */
export function pathOf(
  environment: string,
  app: { name: string; namespace: string },
  { kind, metadata }: KubernetesObject,
): string {
  const { name, namespace } = metadata;
  const elsewhere = namespace !== undefined && namespace !== app.namespace ? [namespace] : [];
  return `${RENDERED}/${environment}/${app.name}/${[kind.toLowerCase(), ...elsewhere, name].join("-")}.yaml`;
}

/** What people look for first; everything else by the alphabet. */
const FIRST = ["apiVersion", "kind", "metadata", "name", "namespace"];

function rank(name: string): number {
  const place = FIRST.indexOf(name);
  return place < 0 ? FIRST.length : place;
}

function byConvention(one: string, other: string): number {
  return rank(one) - rank(other) || (one < other ? -1 : one > other ? 1 : 0);
}

/**
 * The value with its names in order and without what is undefined.
 * @throws Error naming the place of anything that JSON has not: a function, a promise, a date, NaN
 */
export function ordered(value: unknown, place = ""): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => ordered(item, `${place}[${index}]`));
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries
        .sort(([one], [other]) => byConvention(one, other))
        .map(([name, item]) => [name, ordered(item, place === "" ? name : `${place}.${name}`)]),
    );
  }
  throw new Error(`${place || "the object"} is not plain data: found ${typeof value}`);
}

/** The same object always gives the same bytes. Long lines are not folded: a diff should show one change in one line. */
export function yamlOf(object: KubernetesObject): string {
  return dump(ordered(object), { lineWidth: -1, noRefs: true });
}
