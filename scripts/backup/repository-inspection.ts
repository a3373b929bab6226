// Looks at the repository before a verification: the engine's own check of what is new (or of everything), and our
// inventory of every file. What was recorded before is believed only as far as the signed chain names it.

import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import * as v from "valibot";
import { OpsError } from "../core/errors";
import type { Artifact, Check, Finding, Measurement } from "../core/evidence";
import { fail, judge, notApplicable, pass } from "../core/finding";
import type { Outcome } from "../core/outcome";
import type { Core } from "../core/tools";
import { type Facts, factsIn, SHA256 } from "../evidence/facts";
import type { EvidenceReader, EvidenceTools } from "../evidence/port";
import type { BackupSet } from "./backup-set";
import { complete, type Inventory, isInfo, judgeInventory, kindOf, type RepositoryFile } from "./inventory";
import { lasting } from "./lasting";
import { type ClusterFacts, clusterFacts, type MemoryReader, remembered } from "./memory";
import type { BackupTools, VerifyScope } from "./port";
import { planScrub, type ScrubPlan } from "./scrub";

export const INVENTORY_MEDIA_TYPE = "application/vnd.netedu-ops.repository-inventory+json+gzip";

/** Check of the engine; a verification that had its repository inspected need not have it checked once more. */
export const ENGINE_CHECK = "repository-integrity";

type InspectedTools = Pick<BackupTools, "backupEngine" | "backupRepository">;

/** What is left where files of the repository were looked at: the stored inventory. */
export const INVENTORY_FACTS = v.object({ inventory: SHA256 });
export type InventoryFacts = Facts<typeof INVENTORY_FACTS>;

export interface Inspection {
  checks: Check[];
  measurements: Measurement[];
  artifacts: Artifact[];
  facts: (InventoryFacts & ClusterFacts) | Record<string, never>;
}

/**
 * @param days with `--scrub`: the engine checks only what is new, and the rest is read again within so many days.
 *   Without it the engine checks everything, and only new and changed files are read by us.
 * @throws OpsError unavailable, evidence (the chain itself is broken, or names no inventory where it should)
 */
export async function inspectRepository(
  context: EvidenceReader & Pick<Core, "clock" | "progress" | "signal"> & InspectedTools,
  days: number | undefined,
): Promise<Inspection> {
  const inspection: Inspection = { checks: [], measurements: [], artifacts: [], facts: {} };
  const checked = async (name: string, body: () => Promise<Finding>): Promise<Finding> => {
    const since = context.clock.seconds();
    const finding = await body();
    const check = { name, ...finding, seconds: context.clock.seconds() - since };
    inspection.checks.push(check);
    context.progress.check(check);
    return finding;
  };
  if (await context.backupRepository.isRemote()) {
    await checked(ENGINE_CHECK, () => engineCheck(context, undefined));
    await checked("repository-inventory", async () =>
      notApplicable("the repository is no directory of this machine: its files cannot be read one by one"),
    );
    return inspection;
  }

  const record = await lastInventory(context);
  const { sets, present } = await listRepository(context);
  const { inventory: recorded } = record;
  const plan = planScrub(
    recorded?.files ?? [],
    present,
    days,
    context.clock.now(),
    recorded && new Date(recorded.taken),
  );
  const scope = days === undefined || !recorded ? undefined : scopeOf(plan, sets);
  const engine = await checked(ENGINE_CHECK, () => engineCheck(context, scope));
  await checked("repository-inventory", async () => {
    const { digests, gone } = await read(context, plan);
    const { contents, unreadable } = await readInfo(context, [...digests.keys()].filter(isInfo));
    for (const { name } of unreadable) digests.delete(name);
    const { problems, inventory, expired } = judgeInventory({
      recorded,
      present: present.filter(({ name }) => !gone.has(name)),
      sets,
      digests,
      contents,
      sound: engine.verdict === "pass",
      now: context.clock.now(),
      days: context.platform.restoreWindow.days,
    });
    const artifact = await store(context, inventory);
    inspection.artifacts.push(artifact);
    inspection.facts = {
      inventory: artifact.sha256,
      ...clusterFacts(sets.at(-1)?.systemIdentifier),
    };
    inspection.measurements.push(...measure(plan, inventory));
    const broken = unreadable.map(({ name, why }) => `${name} cannot be read by the engine: ${why}`);
    if (record.doubt) return fail([record.doubt, ...broken, ...problems].join("; "));
    const aside = record.strange === undefined ? [] : [record.strange];
    return judge([...broken, ...problems], [describe(plan, expired), ...aside].join("; "));
  });
  return inspection;
}

/** Puts what was found about the repository in front of what the restore test found. */
export function withInspection(outcome: Outcome, inspection: Inspection): Outcome {
  return {
    ...outcome,
    checks: [...inspection.checks, ...outcome.checks],
    measurements: [...outcome.measurements, ...inspection.measurements],
    artifacts: [...outcome.artifacts, ...inspection.artifacts],
    facts: { ...outcome.facts, ...inspection.facts },
  };
}

/** Backups before and after the files: one that ends in between is left for the next time. */
async function listRepository(
  context: Pick<BackupTools, "backupRepository">,
): Promise<{ sets: BackupSet[]; present: RepositoryFile[] }> {
  const sets = await context.backupRepository.list();
  return { sets, present: complete(await context.backupRepository.files(), sets) };
}

interface LastInventory {
  inventory: Inventory | undefined;
  /** What is wrong with the one that the chain names. */
  doubt: string | undefined;
  /** Inventories of other clusters. */
  strange: string | undefined;
}

/** The newest inventory that evidence names and that still is what evidence says; a forged one is not passed over in silence. */
async function lastInventory(context: MemoryReader): Promise<LastInventory> {
  let doubt: string | undefined;
  const { entries, strange } = await remembered(context, ["verify"]);
  for (const entry of entries.reverse()) {
    const facts = factsIn(entry, INVENTORY_FACTS);
    if (!facts) continue;
    try {
      const text = gunzipSync(await context.ledger.load(facts.inventory)).toString("utf8");
      return { inventory: JSON.parse(text) as Inventory, doubt, strange };
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      doubt ??= `the recorded inventory, named by entry ${entry.index}, is not what was recorded: ${error.message}`;
    }
  }
  return { inventory: undefined, doubt, strange };
}

async function store(context: EvidenceTools, inventory: Inventory): Promise<Artifact> {
  const bytes = gzipSync(JSON.stringify(inventory));
  return context.ledger.store("repository-inventory.json.gz", INVENTORY_MEDIA_TYPE, bytes);
}

/** New WAL, and new backups with all that they refer to. */
function scopeOf(plan: ScrubPlan, sets: readonly BackupSet[]): VerifyScope {
  const fresh = plan.added.map(({ name }) => ({ name, ...kindOf(name) }));
  const labels = new Set(fresh.flatMap(({ kind, label }) => (kind === "backup" ? label! : [])));
  const chains = sets.filter((set) => labels.has(set.label)).flatMap((set) => [set.label, ...set.references]);
  return {
    labels: [...new Set(chains)].sort(),
    wal: fresh.filter(({ kind }) => kind === "wal").map(({ name }) => name),
  };
}

async function engineCheck(
  context: InspectedTools & Pick<Core, "clock" | "signal">,
  scope: VerifyScope | undefined,
): Promise<Finding> {
  if (scope && scope.labels.length + scope.wal.length === 0) {
    return pass("no backup and no WAL segment has come since the last inventory");
  }
  const lacks = await context.backupEngine.lacks("repository-verify");
  if (lacks !== undefined) return notApplicable(lacks);
  const what = scope
    ? `only what is new: ${scope.labels.length} backups with what they refer to, ${scope.wal.length} files of WAL; `
    : "";
  return lasting(context, async () => {
    const result = await context.backupRepository.verify(context.signal, scope);
    return result.ok ? pass(what + result.detail) : judge(result.problems, "");
  });
}

/** Digests of what is to be read today. Files may expire under us: those are gone. */
async function read(
  context: Pick<Core, "progress" | "signal"> & Pick<BackupTools, "backupRepository">,
  plan: ScrubPlan,
): Promise<{ digests: Map<string, string>; gone: ReadonlySet<string> }> {
  const files: RepositoryFile[] = [...plan.added, ...plan.changed, ...plan.reread];
  const bytes = new Map(files.map((file) => [file.name, file.bytes]));
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  const digests = await context.progress.phase("read the repository's files", (phase) =>
    context.backupRepository.digests([...bytes.keys()], {
      signal: context.signal,
      onFile: (name) => {
        done += bytes.get(name)!;
        phase.update(done, total, "B");
      },
    }),
  );
  return { digests, gone: new Set([...bytes.keys()].filter((name) => !digests.has(name))) };
}

/** Digests of what the engine reads in info files: their bytes change whenever they are encrypted anew. */
async function readInfo(
  { backupRepository }: Pick<BackupTools, "backupRepository">,
  names: readonly string[],
): Promise<{ contents: Map<string, string>; unreadable: { name: string; why: string }[] }> {
  const contents = new Map<string, string>();
  const unreadable: { name: string; why: string }[] = [];
  for (const name of names) {
    try {
      const text = await backupRepository.text(name);
      contents.set(name, createHash("sha256").update(text).digest("hex"));
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      unreadable.push({ name, why: error.message });
    }
  }
  return { contents, unreadable };
}

function measure(plan: ScrubPlan, inventory: Inventory): Measurement[] {
  const bytes = inventory.files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    { name: "repository-files", value: inventory.files.length, unit: "1" },
    { name: "repository-bytes", value: bytes, unit: "B" },
    { name: "repository-reread", value: plan.rereadBytes, unit: "B" },
    {
      name: "repository-reread-share",
      value: plan.unchangedBytes > 0 ? plan.rereadBytes / plan.unchangedBytes : 0,
      unit: "1",
    },
  ];
}

function describe(plan: ScrubPlan, expired: number): string {
  const { added, changed, reread, rereadBytes, unchangedBytes } = plan;
  const share = unchangedBytes > 0 ? (100 * rereadBytes) / unchangedBytes : 0;
  return [
    `${added.length} new and ${changed.length} changed files read`,
    `${reread.length} unchanged ones read again, ${share.toFixed(1)} % of their bytes, and found the same`,
    `${expired} expired, none missing`,
  ].join("; ");
}
