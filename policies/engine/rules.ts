// Finds the rules: every file of policies/rules/<area>/ is one. Nothing else has to be edited to add one.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Rule } from "./rule";
import { SURFACES, type Surface } from "./subject";

const ROOM = path.resolve(__dirname, "../rules");

/** Files of rules, relative to the room, sorted. */
export function ruleFiles(): string[] {
  return readdirSync(ROOM, { withFileTypes: true })
    .filter((area) => area.isDirectory())
    .flatMap(({ name: area }) =>
      readdirSync(path.join(ROOM, area)).map((file) => path.posix.join(area, file)),
    )
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

/**
 * @param surfaces default: all; the files of other surfaces' rules are not even loaded
 * @throws Error for a file that exports no rule, or one whose id is not its file's name
 */
export async function loadRules(surfaces: readonly Surface[] = SURFACES): Promise<Rule[]> {
  const files = ruleFiles();
  if (SURFACES.every((surface) => surfaces.includes(surface))) return await Promise.all(files.map(loadRule));
  const named = files.filter((file) => surfaces.some((surface) => spells(file, surface)));
  const rules = await Promise.all(named.map(loadRule));
  return rules.filter(({ applies }) => applies.some(({ surface }) => surfaces.includes(surface)));
}

/** Reading a file costs a tenth of loading it. A test holds every rule to spelling its surfaces as text. */
function spells(file: string, surface: Surface): boolean {
  return readFileSync(path.join(ROOM, file), "utf8").includes(`surface: "${surface}"`);
}

async function loadRule(file: string): Promise<Rule> {
  const { default: exported } = (await import(path.join(ROOM, file))) as Module;
  // An ES module importing a CommonJS one sees its exports one level further down.
  const rule = exported && "default" in exported ? exported.default : exported;
  if (!rule) throw new Error(`policies/rules/${file} exports no rule`);
  if (rule.id !== path.posix.basename(file, ".ts"))
    throw new Error(`policies/rules/${file} exports a rule called ${rule.id}`);
  return rule;
}

interface Module {
  default?: Rule | { default: Rule };
}
