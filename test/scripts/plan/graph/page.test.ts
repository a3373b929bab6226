// The page of a plan: every resource and dependency is in it, no secret is, and it asks the network for nothing.
import { describe, expect, it } from "vitest";
import { HEADER, layOut, ROW } from "../../../../scripts/plan/graph/layout";
import { graphOf } from "../../../../scripts/plan/graph/model";
import { planPage } from "../../../../scripts/plan/graph/page";
import { curve, stackSvg } from "../../../../scripts/plan/graph/svg";
import type { PlannedResource, StackPlan } from "../../../../scripts/plan/model";

const urn = (type: string, name: string): string => `urn:pulumi:one::netedu::${type}::${name}`;
const ROOT = urn("pulumi:pulumi:Stack", "netedu-one");
const NETWORK = "urn:pulumi:one::netedu::pulumi:pulumi:StackReference::organization/netedu/other";

function resource(type: string, name: string, more: Partial<PlannedResource> = {}): PlannedResource {
  const options = {
    protect: false,
    retainOnDelete: false,
    ignoreChanges: [],
    replaceOnChanges: [],
    deleteBeforeReplace: false,
    importId: "",
  };
  return {
    urn: urn(type, name),
    type,
    name,
    custom: true,
    parent: ROOT,
    provider: "",
    inputs: {},
    options,
    aliases: [],
    dependencies: [],
    propertyDependencies: {},
    ...more,
  };
}

const component = resource("netedu:components:Postgres", "postgres", { custom: false });
const inner = resource("netedu:components:RdsPostgres", "inner", { custom: false, parent: component.urn });
const database = resource("alicloud:rds/instance:Instance", "postgres", {
  parent: inner.urn,
  inputs: {
    password: { secret: true, fingerprint: "f1" },
    switches: { unknown: true, from: ["other.dataSwitches[0]"] },
    note: '<b>"x"&',
  },
  dependencies: [NETWORK],
  propertyDependencies: { switches: [NETWORK] },
  source: "stacks/components/postgres.ts:7",
});
const account = resource("alicloud:rds/rdsAccount:RdsAccount", "app", {
  parent: inner.urn,
  dependencies: [database.urn],
});
const alarm = resource("alicloud:cms/alarm:Alarm", "Slow</title><script>", { dependencies: [database.urn] });
const plan: StackPlan = {
  stack: "one-data",
  environment: "one",
  layer: "data",
  resources: [
    resource("pulumi:pulumi:Stack", "netedu-one", { custom: false, parent: "" }),
    component,
    inner,
    database,
    account,
    alarm,
  ],
  outputs: {},
  references: ["other"],
};
const stateful = (type: string): boolean => type.includes("rds/instance");

describe("the graph of a stack", () => {
  it("puts resources into the component below the stack, outputs of other stacks into cards of their own", () => {
    const graph = graphOf(plan, stateful);
    expect(
      graph.cards.map(({ name, type, reference, rows }) => [
        type,
        name,
        reference,
        rows.map((row) => row.name),
      ]),
    ).toEqual([
      ["reads", "other", true, ["dataSwitches"]],
      ["Postgres", "postgres", false, ["postgres", "app"]],
      ["cms.Alarm", alarm.name, false, [alarm.name]],
    ]);
    const [first, second, third] = ["r0", "r1", "r2"].map((id) => `one-data-${id}`);
    expect(graph.edges).toEqual([
      { from: "one-data-from-other-dataSwitches", to: first },
      { from: first, to: second },
      { from: first, to: third },
    ]);
  });

  it("marks what is stateful and hides secrets in what hovering shows", () => {
    const [row] = graphOf(plan, stateful).cards[1]!.rows;
    expect(row).toMatchObject({ stateful: true, protected: false, kind: "data" });
    expect(row!.title).toContain("password: [secret]");
    expect(row!.title).toContain("stacks/components/postgres.ts:7");
  });

  it("is placed from left to right, without cards on top of each other", async () => {
    const { cards } = await layOut(graphOf(plan, stateful));
    const [reference, postgres, slow] = cards;
    expect(reference!.x).toBeLessThan(postgres!.x);
    expect(postgres!.x).toBeLessThan(slow!.x);
  });

  it("leads edges to the header of a card that is closed, once", async () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      resource("alicloud:rds/rdsAccount:RdsAccount", `a${index}`, {
        parent: inner.urn,
        dependencies: [alarm.urn],
      }),
    );
    const big = { ...plan, resources: [...plan.resources, ...many] };
    const placed = await layOut(
      graphOf({ ...big, resources: [plan.resources[0]!, component, inner, alarm, ...many] }, stateful),
    );
    const closed = placed.cards.find(({ name }) => name === "postgres")!;
    const from = placed.cards.find(({ reference, name }) => !reference && name === alarm.name)!;
    expect(closed.open).toBe(false);
    const svg = stackSvg(placed).text;
    const wanted = curve(from.x, from.y + HEADER + ROW / 2, closed.x, closed.y + HEADER / 2);
    expect(svg.split(`d="${wanted}"`)).toHaveLength(51);
    expect(svg.match(/<path class="edge" data-/g)).toHaveLength(1); // the other 49 lie on it and are hidden
  });
});

describe("the page", () => {
  it("holds every resource, escapes what comes from programs, and loads nothing", async () => {
    const page = await planPage([plan], stateful, "A plan");
    for (const text of ["rds.Instance", "rds.RdsAccount", "3 resources in 1 stacks", "◆", 'href="#one-data"'])
      expect(page).toContain(text);
    expect(page).not.toContain("Slow</title><script>");
    expect(page).toContain("&lt;b&gt;&quot;x&quot;&amp;");
    expect(page).not.toContain('f1"');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(?:src|href)="(?!#)|url\((?!#)|@import|https?:\/\/(?!www\.w3\.org)/);
  });
});
