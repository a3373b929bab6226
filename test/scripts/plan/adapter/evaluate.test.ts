// The monitor in memory against small programs: what it captures, what it refuses.
import { spawnSync } from "node:child_process";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { Evaluator, type Project } from "../../../../scripts/plan/adapter/evaluate";
import type { PlannedResource, StackPlan } from "../../../../scripts/plan/model";

class Thing extends pulumi.CustomResource {
  declare readonly size: pulumi.Output<number>;
  declare readonly address: pulumi.Output<string>;
  constructor(name: string, inputs: Record<string, unknown> = {}, opts?: pulumi.CustomResourceOptions) {
    super("test:index:Thing", name, { address: undefined, ...inputs }, opts);
  }
}

class Box extends pulumi.ComponentResource {
  constructor(name: string, inside: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Box", name, {}, opts);
    new Thing(inside, {}, { parent: this });
    this.registerOutputs();
  }
}

type Program = () => Promise<Record<string, unknown>>;

function project(programs: Record<string, Program>): Project {
  return {
    name: "test",
    locate: () => undefined,
    config: () => ({ values: { "test:password": "hunter2" }, secretKeys: ["test:password"] }),
    program: (stack) => programs[stack] ?? (() => Promise.reject(new Error(`no stack is called ${stack}`))),
    place: (stack) => ({ environment: stack, layer: "" }),
  };
}

async function planOf(program: Program): Promise<StackPlan> {
  const [plan] = await new Evaluator(project({ one: program })).evaluate(["one"]);
  return plan!;
}

function named(plan: StackPlan, name: string): PlannedResource {
  return plan.resources.find((resource) => resource.name === name)!;
}

const refer = (stack: string): pulumi.StackReference =>
  new pulumi.StackReference(`organization/test/${stack}`);

describe("evaluation", () => {
  it("captures inputs, options, dependencies and where values come from", async () => {
    const plan = await planOf(async () => {
      const first = new Thing(
        "first",
        { size: 3, tags: { a: "b" } },
        { protect: true, ignoreChanges: ["size"] },
      );
      new Thing(
        "second",
        { size: first.size, target: first.id, both: [first.address, "x"] },
        { dependsOn: first },
      );
      return {};
    });
    const first = named(plan, "first");
    expect(first).toMatchObject({
      inputs: { size: 3, tags: { a: "b" } },
      options: { protect: true, ignoreChanges: ["size"] },
    });
    const second = named(plan, "second");
    expect(second.inputs).toEqual({
      size: 3,
      target: { unknown: true, from: ["first"] },
      both: [{ unknown: true, from: ["first"] }, "x"],
    });
    expect(second.dependencies).toEqual([first.urn]);
    expect(second.propertyDependencies.target).toEqual([first.urn]);
  });

  it("never keeps a secret, but knows whether two are the same", async () => {
    const plan = await planOf(async () => {
      const password = new pulumi.Config("test").requireSecret("password");
      new Thing("a", { password, other: pulumi.secret("else"), url: pulumi.interpolate`x:${password}` });
      new Thing("b", { password });
      return { password };
    });
    expect(JSON.stringify(plan)).not.toMatch(/hunter2|else/);
    const { password, other, url } = named(plan, "a").inputs;
    expect([password, url]).toEqual([
      expect.objectContaining({ secret: true }),
      expect.objectContaining({ secret: true }),
    ]);
    expect(named(plan, "b").inputs.password).toEqual(password);
    expect(other).not.toEqual(password);
    expect(plan.outputs.password).toMatchObject({ secret: true });
  });

  it("resolves references from the sibling's plan: known values known, unknown ones named", async () => {
    const evaluator = new Evaluator(
      project({
        below: async () => {
          const thing = new Thing("thing", { size: 1 });
          return { name: "known", id: thing.id, list: [thing.id, "x"], key: pulumi.secret("k") };
        },
        above: async () => {
          const other = refer("below");
          const list = other.requireOutput("list") as pulumi.Output<string[]>;
          new Thing("user", {
            name: other.requireOutput("name"),
            target: other.requireOutput("id"),
            joined: list.apply((items) => items.join(",")),
            key: other.requireOutput("key"),
          });
          return {};
        },
      }),
    );
    const [plan] = await evaluator.evaluate(["above"]);
    expect(plan!.references).toEqual(["below"]);
    expect(named(plan!, "user").inputs).toEqual({
      name: "known",
      target: { unknown: true, from: ["below.id"] },
      joined: { unknown: true, from: ["below.list[0]"] },
      key: expect.objectContaining({ secret: true }),
    });
  });

  it("knows a renamed resource, and the children of a renamed component, by their earlier names", async () => {
    const plan = await planOf(async () => {
      new Thing("new", {}, { aliases: [{ name: "old" }] });
      new Box("newBox", "inside", { aliases: [{ name: "oldBox" }] });
      return {};
    });
    expect(named(plan, "new").aliases).toEqual(["urn:pulumi:one::test::test:index:Thing::old"]);
    const box = named(plan, "newBox");
    expect(box.aliases).toEqual(["urn:pulumi:one::test::test:index:Box::oldBox"]);
    expect(named(plan, "inside").urn).toBe("urn:pulumi:one::test::test:index:Box$test:index:Thing::inside");
  });

  it("evaluates each stack once, and stacks apart from each other", async () => {
    let runs = 0;
    const evaluator = new Evaluator(
      project({
        shared: async () => {
          runs++;
          return { a: 1 };
        },
        one: async () => ({ stack: pulumi.getStack(), a: refer("shared").requireOutput("a") }),
        two: async () => ({ stack: pulumi.getStack(), a: refer("shared").requireOutput("a") }),
      }),
    );
    const plans = await evaluator.evaluate(["one", "two", "shared"]);
    expect(runs).toBe(1);
    expect(plans.map(({ outputs }) => outputs)).toEqual([
      { stack: "one", a: 1 },
      { stack: "two", a: 1 },
      { a: 1 },
    ]);
  });

  it.each<[string, Record<string, Program>, RegExp]>([
    [
      "two resources of one name",
      {
        one: async () => {
          new Thing("twin");
          new Thing("twin");
          return {};
        },
      },
      /duplicate resource urn:pulumi:one::test::test:index:Thing::twin/,
    ],
    [
      "stacks that refer to each other in a circle",
      {
        one: async () => ({ x: refer("two").requireOutput("x") }),
        two: async () => ({ x: refer("one").requireOutput("x") }),
      },
      /circle: one → two → one/,
    ],
    [
      "a reference to no stack",
      { one: async () => ({ x: refer("nowhere").requireOutput("x") }) },
      /no stack is called nowhere/,
    ],
    [
      "an output that the other stack does not have",
      { one: async () => ({ x: refer("two").requireOutput("y") }), two: async () => ({ x: 1 }) },
      /Required output 'y' does not exist/,
    ],
    [
      "a provider function nobody declared an answer for",
      { one: async () => pulumi.runtime.invoke("test:index:getPrice", {}) },
      /test:index:getPrice has no declared answer/,
    ],
    ["a program that throws", { one: async () => Promise.reject(new Error("boom")) }, /boom/],
  ])("refuses %s", async (_, programs, message) => {
    await expect(new Evaluator(project(programs)).evaluate(["one"])).rejects.toThrow(message);
  });

  // In a process of its own: what the SDK leaves unhandled would end up with vitest here.
  it("refuses a value that cannot be made, instead of leaving its resource out", () => {
    const script = path.join(__dirname, "failing-apply.ts");
    const { stdout } = spawnSync(
      process.execPath,
      ["--require", path.join(__dirname, "../../../sources.cjs"), script],
      { encoding: "utf8" },
    );
    expect(stdout).toContain(`refused: stack one: error serializing property "size": no such size`);
  });
});
