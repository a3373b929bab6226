// Pulumi's wire values (sentinels for secrets, outputs and unknowns) to planned values and back.
// The only place that knows the sentinels, which are part of Pulumi's protocol (sdk/nodejs/runtime/rpc.ts).
import { createHmac, randomBytes } from "node:crypto";
import { isList, isRecord, isSecret, isUnknown, type PlannedValue } from "../model";

export type Wire = unknown;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const key = randomBytes(32);

/** Equal for equal secrets within this process and useless outside it. */
export function fingerprint(value: unknown): string {
  return createHmac("sha256", key)
    .update(JSON.stringify(value) ?? "")
    .digest("hex")
    .slice(0, 16);
}

const isObject = (value: Wire): value is Record<string, Wire> => typeof value === "object" && value !== null;

/** Text in which `${stack.output}` stands for a value of another stack: see `placeholder`. */
const REFERENCE = /\$\{([a-z0-9-]+\.[A-Za-z0-9_.[\]-]+)\}/g;

/** Stands for an unknown output of another stack: real stacks give known outputs, so programs may join and split them. */
export function placeholder(stack: string, output: string): string {
  return `\${${stack}.${output}}`;
}

/**
 * @param from names of what unknown values come from, for people
 */
export function decode(value: Wire, from: readonly string[]): PlannedValue {
  if (value === UNKNOWN) return { unknown: true, from };
  if (typeof value === "string") {
    const references = [...value.matchAll(REFERENCE)].map((match) => match[1]!);
    return references.length > 0 ? { unknown: true, from: [...new Set(references)] } : value;
  }
  if (Array.isArray(value)) return value.map((item) => decode(item, from));
  if (!isObject(value)) return value === undefined ? null : (value as PlannedValue);
  switch (value[SIGNATURE]) {
    case SECRET:
      return { secret: true, fingerprint: fingerprint(value.value) };
    case OUTPUT:
      if (value.secret === true) return { secret: true, fingerprint: fingerprint(value.value ?? null) };
      return "value" in value ? decode(value.value, from) : { unknown: true, from };
    case RESOURCE:
      return decode(value.id === "" ? UNKNOWN : (value.id ?? value.urn), from);
    case ASSET:
    case ARCHIVE:
      return `asset ${fingerprint(value)}`;
    default:
      return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, decode(child, from)]));
  }
}

/** A stack's planned outputs as a program that refers to it receives them. */
export function encodeOutputs(
  stack: string,
  outputs: Readonly<Record<string, PlannedValue>>,
): Record<string, Wire> {
  const encode = (value: PlannedValue, path: string): Wire => {
    if (isUnknown(value)) return placeholder(stack, path);
    if (isSecret(value)) return { [SIGNATURE]: SECRET, value: placeholder(stack, path) };
    if (isList(value)) return value.map((item, index) => encode(item, `${path}[${index}]`));
    if (isRecord(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, child]) => [name, encode(child, `${path}.${name}`)]),
      );
    }
    return value;
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, encode(value, name)]));
}
