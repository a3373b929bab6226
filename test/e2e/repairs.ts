// Repairs on a throwaway server, without copies: what a mistaken transaction did is told by comparing what was there before and after it.

import type { Platform } from "../../policies/service/service";
import { silent } from "../../scripts/core/progress";
import { createRowFiles } from "../../scripts/data/adapter/row-files";
import { type Root, readCatalogue } from "../../scripts/data/images/catalogue";
import {
  type ChangedRow,
  type ChangedTable,
  type Image,
  keyOf,
  kindOf,
  written,
} from "../../scripts/data/images/change";
import { compareWithPresent } from "../../scripts/data/images/compare";
import { readWhole } from "../../scripts/data/images/present";
import { joinInOrder } from "../../scripts/data/images/table-order";
import type { RepairTools } from "../../scripts/data/port";
import { type Applied, applyPlan } from "../../scripts/data/repair/apply";
import { decide, type Policy } from "../../scripts/data/repair/decide";
import { type Plan, Tally } from "../../scripts/data/repair/plan";
import { type Unrepaired, unrepair } from "../../scripts/data/repair/unrepair";
import { createClock } from "../../scripts/machine/clock";
import { createServers } from "../../scripts/postgres/adapter/servers";
import { HAZARDS } from "../../scripts/postgres/listing";
import type { Cluster } from "./cluster";

/** Every row of every table of a schema. */
export type Rows = ReadonlyMap<string, readonly Image[]>;

export interface Repairs {
  context: RepairTools;
  roots(): Promise<Root[]>;
  rows(): Promise<Rows>;
  /** What happened between the two. */
  changes(before: Rows, after: Rows): Promise<{ tables: ChangedTable[]; rows: ChangedRow[] }>;
  plan(
    changes: { tables: ChangedTable[]; rows: ChangedRow[] },
    policy: Policy,
    more?: Partial<Plan>,
  ): Promise<Plan>;
  apply(plan: Plan): Promise<Applied>;
  unrepair(id: string): Promise<Unrepaired>;
  file(plan: Plan): string;
}

let count = 0;

/** @param schema its tables are what is repaired; @param user the login that repairs */
export function repairsOn(
  cluster: Cluster,
  schema: string,
  user: string,
  invariants: Platform["invariants"] = [],
): Repairs {
  const database = "postgres";
  const { host, directory } = cluster;
  const newId = (): string => `20261201t000000-${(++count).toString(16).padStart(6, "0")}`;
  const platform = {
    name: "throwaway",
    environment: "sandbox",
    database: { adapter: "postgres", host: directory, port: 5432, user: "postgres", maintenance: "postgres" },
    repairs: { user },
    invariants,
  } as unknown as Platform;
  const context = {
    platform,
    environment: "sandbox",
    platformName: "throwaway",
    host,
    clock: createClock(),
    random: Math.random,
    signal: new AbortController().signal,
    progress: silent(),
    newId,
    defer: () => {},
    servers: createServers(host),
    rowFiles: createRowFiles(host, `${directory}-rows`),
  } as unknown as RepairTools;
  const roots = async (): Promise<Root[]> => {
    const session = await cluster.database.session(database);
    try {
      const all = [...(await readCatalogue(session, HAZARDS)).roots.values()];
      return all.filter((root) => root.schema === schema).sort((a, b) => (a.name < b.name ? -1 : 1));
    } finally {
      await session.close();
    }
  };
  return {
    context,
    roots,
    async rows() {
      const all = new Map<string, Image[]>();
      const session = await cluster.database.session(database);
      for (const root of await roots()) {
        const images: Image[] = [];
        await readWhole(session, root, (image) => images.push(written(image, root.columns)));
        all.set(root.name, images);
      }
      await session.close();
      return all;
    },
    async changes(before, after) {
      const tables = await roots();
      return {
        tables,
        rows: tables.flatMap((root, table) =>
          changesOf(root, table, before.get(root.name) ?? [], after.get(root.name) ?? []),
        ),
      };
    },
    async plan({ tables, rows }, policy, more = {}) {
      const id = newId();
      const parts = [each(rows)];
      const { file } = await joinInOrder(context, cluster.database, tables, `${id}.rows`, parts);
      let tally = new Tally(tables);
      await compareWithPresent(context, tables, file, () => {
        tally = new Tally(tables);
        return (row, present) => tally.add(row, decide(row, present?.image ?? null, policy));
      });
      return {
        id,
        made: new Date().toISOString(),
        environment: "sandbox",
        platform: "throwaway",
        cluster: null,
        transactions: [],
        policy,
        triggers: "off",
        tables: tally.result().map((table) => ({ ...table, triggers: [] })),
        rows: { count: rows.length, sha256: await context.rowFiles.digest(file) },
        invariants: invariants.map(({ name }) => name),
        ...more,
      };
    },
    file: (plan) => `${context.rowFiles.directory}/${plan.id}.rows`,
    apply: (plan) => applyPlan(context, plan, `${context.rowFiles.directory}/${plan.id}.rows`),
    unrepair: (id) => unrepair(context, { id, newId: newId(), database, write: true }),
  };
}

/** By key; in a table without one, rows that came and rows that went. */
function changesOf(
  root: Root,
  table: number,
  before: readonly Image[],
  after: readonly Image[],
): ChangedRow[] {
  if (root.key.length > 0) {
    const were = new Map(before.map((image) => [keyOf(root, image), image]));
    const are = new Map(after.map((image) => [keyOf(root, image), image]));
    return [...new Set([...were.keys(), ...are.keys()])]
      .map((key) => ({ table, before: were.get(key) ?? null, after: are.get(key) ?? null }))
      .filter((row) => kindOf(row) !== undefined);
  }
  const left = new Map<string, number>();
  for (const image of after) left.set(JSON.stringify(image), (left.get(JSON.stringify(image)) ?? 0) + 1);
  const gone = before.filter((image) => {
    const count = left.get(JSON.stringify(image)) ?? 0;
    left.set(JSON.stringify(image), count - 1);
    return count <= 0;
  });
  const come = [...left].flatMap(([text, count]) =>
    Array.from({ length: Math.max(0, count) }, () => JSON.parse(text) as Image),
  );
  return [
    ...gone.map((image) => ({ table, before: image, after: null })),
    ...come.map((image) => ({ table, before: null, after: image })),
  ];
}

async function* each(rows: readonly ChangedRow[]): AsyncIterable<ChangedRow> {
  yield* rows;
}

/** The same, whatever the order of rows. */
export function sorted(rows: Rows): Record<string, string[]> {
  return Object.fromEntries(
    [...rows].map(([name, images]) => [name, images.map((image) => JSON.stringify(image)).sort()]),
  );
}
