// Reads the rules of data quality that a platform uses, and holds them to what a schema cannot say. Connects to nothing.
import { accept, declarationsIn, isReadable, type Readable, readDeclaration } from "../engine/declaration";
import { oneOf } from "../engine/suggest";
import schema from "../schemas/data-rules.schema.json";
import type { Roster } from "../service/roster";
import { bindPlaceholders } from "./placeholders";
import type { DataPolicy, DataRule, RuleKey } from "./quality";
import { fits, VALUE_KINDS } from "./values";

const FOLDER = "policies/data";

/** What stands for a rule in the file, before keys are written out. */
type Declared = Omit<DataRule, "keys"> & {
  keys?: readonly (string | RuleKey)[];
  sql?: string;
  generic?: string;
  statement?: object;
};

interface RuleFile {
  rules: readonly Declared[];
}

/** @throws DeclarationError naming every problem of every file as file:line:column */
export function loadDataRules(
  root: string,
  policy: Pick<DataPolicy, "rules" | "parameters">,
  roster: Pick<Roster, "roles" | "people">,
): DataRule[] {
  const owners = [...roster.roles, ...roster.people].map(({ name }) => name);
  const seen = new Map<string, string>();
  const files = policy.rules.flatMap((set) =>
    declarationsIn(root, `${FOLDER}/${set}`).map((name) => `${FOLDER}/${set}/${name}.yaml`),
  );
  const declarations = files.map((file) => {
    const declaration = readDeclaration<RuleFile>(root, file, schema);
    if (isReadable(declaration)) checkFile(declaration, owners, seen);
    return declaration;
  });
  const rules = accept(declarations).flatMap((file) => file.rules.map(written));
  return rules.map((rule) => ({ ...rule, parameters: withValues(rule, policy.parameters) }));
}

function checkFile(
  { file, value, report }: Readable<RuleFile>,
  owners: readonly string[],
  seen: Map<string, string>,
): void {
  for (const [index, rule] of value.rules.entries()) {
    const at = `/rules/${index}`;
    const before = seen.get(rule.id);
    if (before !== undefined) report(`${at}/id`, `${rule.id} stands in ${before} already`, "unique ids");
    seen.set(rule.id, file);
    if (!owners.includes(rule.owner))
      report(`${at}/owner`, `nobody on the roster is called ${rule.owner}`, oneOf(rule.owner, owners));
    if ((rule.sql === undefined) === (rule.generic === undefined))
      report(
        at,
        `${rule.id} has ${rule.sql === undefined ? "neither" : "both"}`,
        "either `sql` or `generic`",
      );
    for (const [name, { kind, default: value }] of Object.entries(rule.parameters))
      if (!fits(kind, value))
        report(`${at}/parameters/${name}/default`, `found "${value}"`, VALUE_KINDS[kind].expected);
    if (rule.sql === undefined) continue;
    for (const needed of ["keys", "database"] as const)
      if (rule[needed] === undefined)
        report(at, `${rule.id} has no \`${needed}\``, `\`${needed}\` beside \`sql\``);
    const known = [...Object.keys(rule.parameters), ...(rule.statement === undefined ? [] : ["statement"])];
    const used = new Set(bindPlaceholders(rule.sql).names);
    for (const name of used)
      if (!known.includes(name)) report(`${at}/sql`, `unknown parameter :${name}`, oneOf(name, known));
    for (const name of known)
      if (!used.has(name))
        report(`${at}/sql`, `:${name} is declared and not used`, "each parameter in the SQL");
  }
}

function written({ keys, ...rule }: Declared): DataRule {
  if (keys === undefined) return rule as DataRule;
  const all = keys.map((key) => (typeof key === "string" ? { column: key, personal: false } : key));
  return { ...rule, keys: all } as DataRule;
}

function withValues({ parameters }: DataRule, given: DataPolicy["parameters"]): DataRule["parameters"] {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      Object.hasOwn(given, name) ? { ...parameter, default: given[name]! } : parameter,
    ]),
  );
}

/** Names of the sets of rules, for whoever declares a platform. */
export const isRuleSet = (root: string, set: string): boolean =>
  declarationsIn(root, `${FOLDER}/${set}`).length > 0;
