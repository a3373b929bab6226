// The only reader of Pulumi configuration. A stack's file is checked against its schema and against what the cloud
// would refuse, with file:line:column; programs get typed values with defaults. Secrets come from Pulumi alone.
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  accept,
  type Declaration,
  isFile,
  isReadable,
  readDeclaration,
} from "../policies/engine/declaration";
import computeSchema from "../policies/schemas/stack-compute.schema.json";
import dataSchema from "../policies/schemas/stack-data.schema.json";
import drillSchema from "../policies/schemas/stack-drill.schema.json";
import networkSchema from "../policies/schemas/stack-network.schema.json";
import watchSchema from "../policies/schemas/stack-watch.schema.json";
import { checkConfiguration } from "./config-rules";
import type { Configuration, Configurations } from "./configuration";
import { isDrill, PROJECT, parseStack, type StackName } from "./environments";

const SCHEMAS = {
  network: networkSchema,
  data: dataSchema,
  compute: computeSchema,
  watch: watchSchema,
  drill: drillSchema,
} as const;

/** Keys that are Pulumi secrets: never in plain text, not needed for a plan. */
export const SECRETS: Readonly<Record<StackName["layer"], readonly string[]>> = {
  network: [],
  data: ["ownerPassword", "appPassword", "auditPassword", "dumpPassword", "redisPassword"],
  compute: [],
  watch: ["dingWebhook"],
  drill: [],
};

const FOLDER = "stacks/config";
export const DRILL_TEMPLATE = `${FOLDER}/drill.template.yaml`;
const ROOT = path.resolve(__dirname, "..");

/** The file that configures a stack; a drill without one of its own is planned from the template. */
export function configFile(stack: string, root = ROOT): string {
  const own = `${FOLDER}/Pulumi.${stack}.yaml`;
  return isDrill(stack) && !isFile(root, own) ? DRILL_TEMPLATE : own;
}

type Written = { config: Record<string, unknown> };

function declared(stack: string, name: StackName, root: string): Declaration<Written> {
  const declaration = readDeclaration<Written>(root, configFile(stack, root), SCHEMAS[name.layer]);
  if (isReadable(declaration)) {
    checkConfiguration(name, withoutPrefix(declaration.value), (pointer, message, expected) =>
      declaration.report(`/config/${PROJECT}:${pointer}`, message, expected),
    );
  }
  return declaration;
}

function withoutPrefix({ config }: Written): Configuration {
  const entries = Object.entries(config).map(([key, value]) => [key.slice(PROJECT.length + 1), value]);
  return Object.fromEntries(entries) as Configuration;
}

/** Checks every given stack's file. @throws DeclarationError with all problems of all of them */
export function checkFiles(stacks: readonly string[], root = ROOT): void {
  accept(stacks.map((stack) => declared(stack, nameOf(stack), root)));
}

/** Configuration as the CLI would pass it, secrets replaced by a stand-in. @throws DeclarationError */
export function plannedConfig(
  stack: string,
  root = ROOT,
): { values: Record<string, string>; secretKeys: string[] } {
  const [{ config } = { config: {} }] = accept([declared(stack, nameOf(stack), root)]);
  const secretKeys = SECRETS[nameOf(stack).layer].map((key) => `${PROJECT}:${key}`);
  const stated = Object.entries(config).map(([key, value]) => [key, textOf(value)]);
  return {
    values: { ...Object.fromEntries(stated), ...Object.fromEntries(secretKeys.map((key) => [key, key])) },
    secretKeys,
  };
}

/**
 * The configuration of the running stack, with defaults.
 * @throws DeclarationError; Error when Pulumi was given other values than the file declares
 */
export function readConfig<L extends keyof Configurations>(stack: string, layer: L): Configurations[L] {
  const [written] = accept([declared(stack, nameOf(stack), ROOT)]);
  const config = new pulumi.Config(PROJECT);
  for (const key of Object.keys(written?.config ?? {})) {
    const name = key.slice(PROJECT.length + 1);
    const given = config.get(name);
    if (given === undefined || SECRETS[layer].includes(name)) continue;
    if (canonical(parsed(given)) !== canonical(written?.config[key], parsed(given))) {
      throw new Error(
        `${key} is not what ${configFile(stack)} declares; change the file, not the command line, so that reviewers see it`,
      );
    }
  }
  return withoutPrefix(written!) as Configurations[L];
}

/** What another stack declares, without secrets: for decisions that must be taken before any output is known. */
export function declaredConfig<L extends keyof Configurations>(stack: string, _layer: L): Configurations[L] {
  const [written] = accept([declared(stack, nameOf(stack), ROOT)]);
  return withoutPrefix(written!) as Configurations[L];
}

/** A secret of the running stack. @throws Error naming the command that sets it */
export function secret(name: string): pulumi.Output<string> {
  return new pulumi.Config(PROJECT).requireSecret(name);
}

function nameOf(stack: string): StackName {
  const name = parseStack(stack);
  if (!name) throw new Error(`${stack} is no stack: <environment>-<layer>, or drill-<id>`);
  return name;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Stable text; keys that the file only has by default are left out where the other side lacks them. */
function canonical(value: unknown, like: unknown = value): string {
  const strip = (one: unknown, other: unknown): unknown => {
    if (Array.isArray(one))
      return one.map((item, index) => strip(item, Array.isArray(other) ? other[index] : item));
    if (typeof one !== "object" || one === null) return String(one);
    const shape = typeof other === "object" && other !== null ? other : one;
    const keys = Object.keys(one)
      .filter((key) => key in shape)
      .sort();
    return keys.map((key) => [key, strip(Reflect.get(one, key), Reflect.get(shape, key))]);
  };
  return JSON.stringify(strip(value, like));
}
