// Starts the policy pack: `pulumi preview --policy-pack policies/crossguard`. The only file here with a side effect:
// `new PolicyPack()` starts a server. What the policies are stands in policies.ts.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { loadRules } from "../engine/rules";
import { readWaivers, WAIVERS_FILE } from "../engine/waivers";
import { policiesOf } from "./policies";

const ROOT = path.resolve(__dirname, "../..");

/** @throws Error when the waivers cannot be read: an exception nobody can read excuses nothing */
export async function start(): Promise<void> {
  const file = path.join(ROOT, WAIVERS_FILE);
  const { waivers, problems } = existsSync(file)
    ? readWaivers(readFileSync(file, "utf8"))
    : { waivers: [], problems: [] };
  const [problem] = problems;
  if (problem) throw new Error(`${problem.file}:${problem.line}: ${problem.message}`);
  const policies = policiesOf(await loadRules(), {
    today: new Date(`${new Date().toISOString().slice(0, 10)}T00:00:00Z`),
    hasFile: (name) => existsSync(path.join(ROOT, name)),
    waivers,
  });
  new PolicyPack("netedu", { policies });
}
