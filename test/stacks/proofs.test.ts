// What `ops status` names as declared for a clause is really declared: every line held against the plan of its environment.
import { beforeAll, describe, expect, it } from "vitest";
import { loadContract } from "../../policies/contract/load";
import { declaredIn, loadDeclaredResources } from "../../policies/contract/resources";
import { Evaluator } from "../../scripts/plan/adapter/evaluate";
import { loadProject } from "../../scripts/plan/adapter/project";
import { cloudResources, type StackPlan, shortType } from "../../scripts/plan/model";
import { ENVIRONMENTS, STACKS } from "../../stacks/environments";
import { alarms } from "../../stacks/plan/alarms";
import { problemsOf, ROOT, read, repository } from "../policies/repository";

const contract = loadContract(ROOT);
const declared = loadDeclaredResources(ROOT, contract);
const environments = Object.keys(ENVIRONMENTS);
let plans: StackPlan[] = [];
beforeAll(async () => {
  plans = await new Evaluator(await loadProject(ROOT)).evaluate(STACKS);
});
const planned = (environment: string): Set<string> =>
  new Set(
    plans
      .filter((plan) => plan.environment === environment)
      .flatMap((plan) =>
        cloudResources(plan).map(({ type, name }) => `${plan.stack} ${shortType(type)} ${name}`),
      ),
  );

describe("declared resources of clauses", () => {
  it.each(environments)("are in the plan of %s", (environment) => {
    const found = planned(environment);
    const named = declaredIn(declared, environment).map(
      ({ stack, type, name }) => `${stack} ${type} ${name}`,
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((text) => !found.has(text))).toEqual([]);
  });

  it.each(environments)("leave out no environment that has them: %s", (environment) => {
    const found = planned(environment);
    const own = new Set(declaredIn(declared, environment).map((each) => JSON.stringify(each)));
    const anywhere = declaredIn(declared, environment).length;
    const unrestricted = Object.fromEntries(
      Object.entries(declared).map(([clause, entries]) => [
        clause,
        entries.map(({ environments: _, ...rest }) => rest),
      ]),
    );
    const missed = declaredIn(unrestricted, environment)
      .filter((each) => !own.has(JSON.stringify(each)))
      .filter(({ stack, type, name }) => found.has(`${stack} ${type} ${name}`));
    expect(missed).toEqual([]);
    expect(anywhere).toBeGreaterThan(0);
  });

  it("name every alarm under every clause that it serves", () => {
    const missing = environments.flatMap((environment) => {
      const found = planned(environment);
      const named = new Set(declaredIn(declared, environment).map(({ clause, name }) => `${clause} ${name}`));
      return alarms(contract, 26).flatMap(({ name, clauses }) =>
        [...found]
          .map((text) => text.split(" ")[2]!)
          .filter((resource) => resource === name || resource.startsWith(`${name}-`))
          // A site is probed for one performance clause only.
          .filter((resource) => name !== "SiteSlow" || named.has(`${clauses[0]} ${resource}`))
          .flatMap((resource) =>
            clauses
              .filter((clause) => !named.has(`${clause} ${resource}`))
              .map((clause) => `${environment} ${clause} ${resource}`),
          ),
      );
    });
    expect(missing).toEqual([]);
  });

  it("are refused for a clause that the contract does not have, at its place", () => {
    const file = "policies/contract/resources.yaml";
    const root = repository({ [file]: read(file).replace("SVC-PATROL", "SVC-PATROLS") });
    expect(problemsOf(() => loadDeclaredResources(root, contract)).join("\n")).toMatch(
      /resources\.yaml:\d+:\d+: .*no clause SVC-PATROLS/,
    );
  });

  it("do not exist in the sandbox", () => expect(declaredIn(declared, "sandbox")).toEqual([]));
});
