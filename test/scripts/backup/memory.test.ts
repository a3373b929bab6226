// Memory belongs to the cluster it was seen in. Behind one name the cluster may be made anew; the repository may be exchanged.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Platform } from "../../../policies/service/service";
import type { BackupSet } from "../../../scripts/backup/backup-set";
import { backupEvidence, checkpoints } from "../../../scripts/backup/evidence";
import { type MemoryReader, memoryOf, remembered } from "../../../scripts/backup/memory";
import { inspectRepository } from "../../../scripts/backup/repository-inspection";
import type { Progress } from "../../../scripts/core/progress";
import { killedDrills } from "../../../scripts/drill/run-drill";
import { sha256 } from "../../../scripts/evidence/dsse";
import type { Ledger, LedgerEntry } from "../../../scripts/evidence/port";
import type { Migration } from "../../../scripts/migrate/migration";
import { linted, rehearsals } from "../../../scripts/migrate/readiness";
import { verifiedBackup } from "../../../scripts/release/check-gates";
import { EVIDENCE_CHECKS } from "../../../scripts/restore/checks/evidence";
import { samples } from "../../../scripts/restore/outcome";
import { restoredInstants } from "../../../scripts/restore/restored-instants";
import type { AtTarget } from "../../../scripts/restore/test-state";
import { given } from "../../given";

const [OLD, NEW, UPGRADED] = ["7000000000000000001", "7000000000000000002", "7000000000000000003"];
const DAY = (day: number): string => `2026-11-${String(day).padStart(2, "0")}T04:00:00.000Z`;

/** One entry a line: job, facts, the platform's name. Verdicts are all pass. */
type Line = [job: string, facts: Record<string, unknown>, platform?: string];

const backup = (label: string, cluster: string | undefined): Line => [
  "backup",
  {
    label,
    type: "full",
    warnings: [],
    checkpoint: {
      name: `ops-${label}`,
      at: DAY(1),
      target: "restore-point",
      lsn: "0/1",
      timeline: 1,
      artifact: "ab".repeat(32),
      ...(cluster === undefined ? {} : { systemIdentifier: cluster }),
    },
  },
];
const named = (cluster: string | undefined) => (cluster === undefined ? {} : { cluster });
const verify = (seconds: number, cluster: string | undefined): Line => [
  "verify",
  {
    samples: [{ databaseBytes: 1, walBytes: 1, restoreSeconds: seconds, recoverySeconds: 1 }],
    exercised: [{ at: DAY(seconds), verdict: "pass", drawn: false }],
    ...named(cluster),
  },
];
const rehearsal = (label: string, cluster: string | undefined): Line => [
  "migrate-rehearse",
  { action: "rehearse", backup: label, pending: [], migrations: [], workload: "none", ...named(cluster) },
];

interface World {
  lines: readonly Line[];
  /** What the running source says; undefined = it does not answer. */
  source: string | undefined;
  /** Clusters of the backups in the repository, oldest first; labels are theirs with the index behind. */
  repository: readonly string[];
}

function reader({ lines, source, repository }: World) {
  const said: string[] = [];
  const entries = lines.map(
    ([job, facts, platform = "p"], index) =>
      ({
        index: index + 1,
        file: `f${index + 1}`,
        predicate: {
          job,
          environment: "sandbox",
          platform,
          verdict: "pass",
          checks: [],
          started: DAY(1),
          finished: DAY(1),
          facts,
        },
      }) as unknown as LedgerEntry,
  );
  const sets = repository.map((systemIdentifier, i) => ({ label: `F${i}`, systemIdentifier }) as BackupSet);
  const context = {
    ledger: given<Ledger>({ entries: async () => entries }),
    environment: "sandbox",
    platform: given<Platform>({ name: "p" }),
    progress: given<Progress>({ say: (_level, text) => void said.push(text) }),
    backupRepository: { list: async () => sets },
    servers: {
      source: () => ({
        maintenance: "postgres",
        query: async () => {
          if (source === undefined) throw new Error("connection refused");
          return [{ id: source }];
        },
      }),
    },
  } as unknown as MemoryReader;
  return { context, said };
}

const lint = (name: string, cluster: string | undefined): Line => [
  "migrate-lint",
  { action: "lint", pending: [{ name, sha256: sha256(name) }], hazards: 0, allowed: 0, ...named(cluster) },
];
const PENDING = (name: string): readonly Migration[] => [given<Migration>({ name, sha256: sha256(name) })];
/** Nothing where `name` was not linted for the cluster. */
const lintOf = async (context: MemoryReader, name: string): Promise<string | undefined> => {
  const { verdict, detail } = await linted(context, PENDING(name));
  return verdict === "pass" ? detail : undefined;
};

const BOTH: Line[] = [
  backup("F-old", OLD),
  verify(1, OLD),
  rehearsal("F-old", OLD),
  lint("m", OLD),
  backup("F-new", NEW),
  verify(2, NEW),
  rehearsal("F-new", NEW),
  lint("m", NEW),
];
const OF_OLD = BOTH.slice(0, 4);

type Kind = [name: string, read: (context: MemoryReader) => Promise<unknown>, found: unknown];
const KINDS: Kind[] = [
  ["backups", async (c) => (await backupEvidence(c)).map(({ facts }) => facts.label), ["F-new"]],
  ["checkpoints", async (c) => (await checkpoints(c)).map(({ name }) => name), ["ops-F-new"]],
  ["measured restores", async (c) => (await samples(c)).map((s) => s.restoreSeconds), [2]],
  ["restored instants", async (c) => (await restoredInstants(c)).map(({ at }) => at.toISOString()), [DAY(2)]],
  ["rehearsals", async (c) => (await rehearsals(c)).map(({ facts }) => facts.backup), ["F-new"]],
  ["the backup that a release rests on", async (c) => (await verifiedBackup(c))?.at.toISOString(), DAY(2)],
  ["what was linted", (c) => lintOf(c, "m"), "no hazard in 1 migrations (entry 8)"],
];

describe("after a cluster was made anew behind the same name", () => {
  it.each(KINDS)("%s of the one before are not used, and that is said once", async (_, read, found) => {
    const { context, said } = reader({ lines: BOTH, source: NEW, repository: [NEW] });
    expect(await read(context)).toEqual(found);
    await read(context);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(`of cluster ${OLD} and not used: the cluster is ${NEW}`);
  });

  it.each(KINDS)("%s: nothing is left when the new one has none", async (_, read) => {
    const { context } = reader({ lines: OF_OLD, source: NEW, repository: [NEW] });
    expect([await read(context)].flat().filter((one) => one !== undefined)).toEqual([]);
  });

  it("nothing is said where there is nothing to say", async () => {
    const { context, said } = reader({ lines: OF_OLD, source: OLD, repository: [OLD] });
    expect(await memoryOf(context, "backup", "verify")).toHaveLength(2);
    expect(said).toEqual([]);
  });
});

describe("after a platform was renamed", () => {
  /** All that was left under the name that it had; the repository's own labels are F0, F1 … */
  const under = (lines: readonly Line[]): Line[] => lines.map(([job, facts]) => [job, facts, "was"]);
  const WAS = under([backup("F0", NEW), ...BOTH.slice(5)]);
  const seconds = async (world: World): Promise<number[]> =>
    (await samples(reader(world).context)).map((one) => one.restoreSeconds);

  it.each(KINDS.filter(([name]) => !/^(backups|checkpoints|rehearsals|what was linted)$/.test(name)))(
    "%s of the same cluster and repository are found",
    async (_, read, found) => {
      const { context, said } = reader({ lines: WAS, source: NEW, repository: [NEW] });
      expect(await read(context)).toEqual(found);
      expect(said).toEqual([]);
    },
  );

  it("so are backups, checkpoints, rehearsals and what was linted", async () => {
    const { context } = reader({ lines: WAS, source: NEW, repository: [NEW] });
    expect((await backupEvidence(context)).map(({ facts }) => facts.label)).toEqual(["F0"]);
    expect((await checkpoints(context)).map(({ name }) => name)).toEqual(["ops-F0"]);
    expect(await rehearsals(context)).toHaveLength(1);
    expect(await lintOf(context, "m")).toBeDefined();
  });

  it("the last backup on record is missed under the new name too", async () => {
    const generation = EVIDENCE_CHECKS.find(({ name }) => name === "generation")!;
    const lines = [...WAS, ...under([backup("F9", NEW)])];
    const { context } = reader({ lines, source: NEW, repository: [NEW] });
    expect(await generation.look({ context } as unknown as AtTarget)).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("F9, the last backup on record, is not in the repository"),
    });
  });

  it.each<[string, World, RegExp]>([
    [
      "its source does not answer and it remembers nothing of its own",
      { lines: WAS, source: undefined, repository: [NEW] },
      /^entry 2 under the name was is not used: nobody says which cluster this is/,
    ],
    [
      "the backups recorded under the old name are not in its repository",
      { lines: under([backup("G1", NEW), verify(1, NEW)]), source: NEW, repository: [NEW] },
      /^entry 2 under the name was is of cluster 7000000000000000002 and not used: the backups.* not in this repository/,
    ],
    [
      "nothing says of which cluster it is",
      { lines: under([verify(1, undefined), verify(2, undefined)]), source: NEW, repository: [NEW] },
      /^2 entries under the name was, the last of them 2, are not used: nothing says of which cluster/,
    ],
  ])("what may be its own and is not used is said: %s", async (_, world, expected) => {
    const { context, said } = reader(world);
    expect(await samples(context)).toEqual([]);
    expect(said).toEqual([expect.stringMatching(expected)]);
  });

  it("backups that were expired are no sign of another repository", async () => {
    const lines = under([backup("E1", NEW), verify(1, NEW)]);
    expect(await seconds({ lines, source: NEW, repository: [NEW] })).toEqual([1]);
  });

  it("another platform's evidence is not its own, and of that nothing is said", async () => {
    const world: World = {
      lines: under([backup("F0", OLD), verify(1, OLD)]),
      source: NEW,
      repository: [NEW],
    };
    const { context, said } = reader(world);
    expect(await samples(context)).toEqual([]);
    expect(said).toEqual([]);
  });

  it("neither is that of the same cluster's other repository, once there is some of its own", async () => {
    const lines = [...under([backup("G1", NEW), verify(1, NEW)]), backup("F0", NEW), verify(2, NEW)];
    expect(await seconds({ lines, source: NEW, repository: [NEW] })).toEqual([2]);
  });

  it("a drill that was killed under the old name is still known", async () => {
    const announcement: Line = ["drill-announcement", { drill: "d1", predictions: {}, cluster: NEW }, "was"];
    const { context } = reader({ lines: [...WAS, announcement], source: NEW, repository: [NEW] });
    expect((await killedDrills(context)).map(({ index }) => index)).toEqual([WAS.length + 1]);
  });
});

describe("which cluster is meant", () => {
  const labels = async (world: World): Promise<string[]> =>
    (await backupEvidence(reader(world).context)).map(({ facts }) => facts.label);
  const lines = [backup("F-old", OLD), backup("F-new", NEW)];

  it.each<[string, string | undefined, string[], string[]]>([
    ["the source says it", OLD, [OLD], ["F-old"]],
    ["the last backup on record says it where the source does not answer", undefined, [NEW], ["F-new"]],
    ["never the repository: another one's answers for the source's", OLD, [NEW], ["F-old"]],
    ["never the repository, where nobody else answers", undefined, [OLD], ["F-new"]],
    ["what the source's own repository names beside it is its past", NEW, [OLD, NEW], ["F-old", "F-new"]],
    ["what another repository names is not", UPGRADED, [OLD, NEW], []],
  ])("%s", async (_, source, repository, found) => {
    expect(await labels({ lines, source, repository })).toEqual(found);
  });
});

describe("evidence that names no cluster", () => {
  const seconds = async (lines: Line[], source: string): Promise<number[]> =>
    (await samples(reader({ lines, source, repository: [source] }).context)).map((one) => one.restoreSeconds);

  it.each<[string, Line[], string, number[]]>([
    [
      "belongs to the cluster of the last backup before it",
      [backup("F", OLD), verify(1, undefined)],
      OLD,
      [1],
    ],
    ["and to no other", [backup("F", OLD), verify(1, undefined)], NEW, []],
    ["belongs to all where no backup names one", [backup("F", undefined), verify(1, undefined)], NEW, [1]],
    [
      "belongs to none once the cluster had changed: it may remember both",
      [backup("F", OLD), verify(1, undefined), backup("G", NEW), verify(2, undefined), verify(3, NEW)],
      NEW,
      [3],
    ],
  ])("%s", async (_, lines, source, found) => {
    expect(await seconds(lines, source)).toEqual(found);
  });
});

describe("the last backup on record", () => {
  const generation = EVIDENCE_CHECKS.find(({ name }) => name === "generation")!;
  const look = async (world: World) =>
    await generation.look({ context: reader(world).context } as unknown as AtTarget);

  it.each<[string, World, string, RegExp]>([
    ["is there", { lines: [backup("F0", OLD)], source: OLD, repository: [OLD] }, "pass", /F0/],
    [
      "is gone in another repository of the same cluster: no new memory is begun",
      { lines: [backup("F9", OLD)], source: OLD, repository: [OLD] },
      "fail",
      /F9, the last backup on record, is not in the repository/,
    ],
    ["is gone with all others", { lines: [backup("F9", OLD)], source: OLD, repository: [] }, "fail", /F9/],
    [
      "is gone because another cluster's repository was put in its place",
      { lines: [backup("F9", OLD)], source: OLD, repository: [NEW] },
      "fail",
      /of cluster 7000000000000000002; the source is cluster 7000000000000000001/,
    ],
    [
      "is gone so, and the source does not answer",
      { lines: [backup("F9", OLD)], source: undefined, repository: [NEW] },
      "fail",
      /F9/,
    ],
    [
      "has the label of one in another cluster's repository",
      { lines: [backup("F0", OLD)], source: OLD, repository: [NEW] },
      "fail",
      /the source is cluster/,
    ],
    [
      "is of a cluster that was, and the new one has recorded none: that is said",
      { lines: [backup("F9", OLD)], source: NEW, repository: [NEW] },
      "inconclusive",
      /no backup of this cluster.*entry 1 is of cluster 7000000000000000001 and not used/,
    ],
    [
      "is of the cluster before an upgrade, whose backups are still there",
      { lines: [backup("F0", OLD), backup("F1", UPGRADED)], source: UPGRADED, repository: [OLD, UPGRADED] },
      "pass",
      /F1/,
    ],
  ])("%s", async (_, world, verdict, detail) => {
    const finding = await look(world);
    expect(finding).toMatchObject({ verdict, detail: expect.stringMatching(detail) });
  });
});

describe("the inventory, and the scrub that goes on from it", () => {
  const FILE = { name: "archive/s/15-1/old", bytes: 1, modified: DAY(1) };
  const recorded = gzipSync(
    JSON.stringify({
      taken: DAY(1),
      files: [{ ...FILE, sha256: sha256("x"), verified: DAY(1) }],
      sets: [],
    }),
  );

  async function inspect(source: string) {
    const lines: Line[] = [backup("F0", OLD), ["verify", { inventory: sha256(recorded), cluster: OLD }]];
    const { context } = reader({ lines, source, repository: [source] });
    const now = "2026-11-02T04:00:00.000Z";
    const sets = [{ label: "F0", systemIdentifier: source, finished: new Date(now), references: [] }];
    const progress = {
      say: () => {},
      check: () => {},
      phase: (_: string, body: (p: object) => unknown) => body({}),
    };
    return inspectRepository(
      {
        ...context,
        platform: { name: "p", restoreWindow: { days: 1 } },
        ledger: {
          ...context.ledger,
          entries: context.ledger.entries,
          load: async () => recorded,
          store: async () => ({ name: "", mediaType: "", sha256: sha256("new"), bytes: 1 }),
        },
        progress,
        clock: { now: () => new Date(now), seconds: () => 0, sleep: async () => {} },
        signal: new AbortController().signal,
        backupEngine: { lacks: () => undefined },
        backupRepository: {
          isRemote: async () => false,
          list: async () => sets,
          files: async () => [],
          digests: async () => new Map(),
          verify: async () => ({ ok: true, problems: [], detail: "" }),
        },
      } as unknown as Parameters<typeof inspectRepository>[0],
      30,
    );
  }

  it("misses a file of the same cluster's, whatever repository is there now", async () => {
    const { checks } = await inspect(OLD);
    expect(checks.at(-1)).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("old is missing"),
    });
  });

  it("does not look for files of the cluster before, says so, and names its own for the next", async () => {
    const { checks, facts } = await inspect(NEW);
    expect(checks.at(-1)).toMatchObject({
      name: "repository-inventory",
      verdict: "pass",
      detail: expect.stringMatching(`entry 2 is of cluster ${OLD} and not used`),
    });
    expect(facts).toMatchObject({ cluster: NEW });
  });
});

it("asks nobody but the ledger where there is nobody to ask", async () => {
  const { context } = reader({ lines: BOTH, source: NEW, repository: [NEW] });
  const { environment, ledger, platform } = context;
  expect((await remembered({ environment, ledger, platform }, ["backup"])).entries).toHaveLength(1);
});
