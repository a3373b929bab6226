// Appends to a ledger so that it survives being killed at any moment. An entry is first put whole into `pending`, beside
// the head; the rename of its `entry.json` is the commit point. Settling it (artifacts, envelope, day root, head) can be
// repeated until it succeeds; what was not committed is thrown away. Everything here runs under the ledger's lock.
import { createPublicKey, type KeyObject } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Artifact, Predicate } from "../../core/evidence";
import { shanghaiDate } from "../../core/instant";
import {
  DAY_ROOT_PAYLOAD,
  dayRootOf,
  EMPTY_TIP,
  extend,
  HEAD_PAYLOAD,
  type Tip,
  writeDayRoot,
  writeHead,
} from "../chain";
import { checkEnvironment } from "../claim";
import { openEnvelope, sealEnvelope, sha256 } from "../dsse";
import type { LedgerEntry } from "../port";
import { checkLink, type Link, readStatement, STATEMENT_PAYLOAD, writeStatement } from "../statement";
import { damaged, placed } from "./errors";
import { makeDirectory, type OnStep, place, readIfThere } from "./files";
import { checkTip, isUnused, loadHead } from "./head";
import { dayRootFile, entryFile, type LedgerFiles, PLACE } from "./layout";
import { scan } from "./scan";
import { linkAfter, type Pending, pendingFile, readPending } from "./waiting";

export interface Writing {
  files: LedgerFiles;
  privateKey: KeyObject;
  now: () => Date;
  onStep: OnStep;
}

/** Directories and the head of an empty ledger. A head that is gone is never made anew. */
export async function initialise(writing: Writing): Promise<void> {
  const { files } = writing;
  await makeDirectory(files.directory);
  if (await isUnused(files)) await placeHead(writing, EMPTY_TIP);
}

/** Finishes an entry that was committed before a crash; removes one that was not. */
export async function recover(writing: Writing): Promise<void> {
  const { files } = writing;
  if (await readIfThere(pendingFile(files))) await settle(writing);
  else await rm(files.pending, { recursive: true, force: true });
}

/** Only for the one writer: whoever else was about to put a file in place is gone. */
export async function removeLeftovers({ files }: Writing): Promise<void> {
  const { leftovers } = await scan(files);
  for (const name of leftovers) await rm(path.join(files.directory, name), { force: true });
}

/** @param contents artifacts that are not in the ledger yet, by sha256 */
export async function append(
  writing: Writing,
  predicate: Predicate,
  contents: ReadonlyMap<string, Buffer>,
): Promise<LedgerEntry> {
  const { files, privateKey, now } = writing;
  await initialise(writing);
  await recover(writing);
  const publicKey = createPublicKey(privateKey);
  const { tip } = await loadHead(files, publicKey);
  await checkTip(files, tip, publicKey);
  // A clock that went back must not reopen a day that was closed.
  const today = shanghaiDate(now());
  const date = tip.day && tip.day.date > today ? tip.day.date : today;
  const link = linkAfter(tip);
  const envelope = sealEnvelope(STATEMENT_PAYLOAD, writeStatement(predicate, link), privateKey);
  // Nothing is signed that no verifier would believe; a defect here is a bug of the job, not damage.
  const written = readStatement(openEnvelope(envelope, STATEMENT_PAYLOAD, publicKey)).predicate;
  checkEnvironment(written, files.name);
  await prepare(writing, predicate.artifacts, contents, { date, envelope: envelope.toString() });
  await settle(writing);
  return {
    index: link.index,
    digest: sha256(envelope),
    predicate: written,
    file: entryFile(date, link.index),
  };
}

async function prepare(
  { files, onStep }: Writing,
  artifacts: readonly Artifact[],
  contents: ReadonlyMap<string, Buffer>,
  pending: Pending,
): Promise<void> {
  for (const artifact of artifacts) {
    const content = contents.get(artifact.sha256);
    if (content) await place(path.join(files.pending, artifact.sha256), content, onStep);
    else await checkArtifact(files, artifact);
  }
  await place(pendingFile(files), Buffer.from(JSON.stringify(pending)), onStep);
}

/** @throws OpsError evidence when an entry would name content that the ledger does not hold */
async function checkArtifact(files: LedgerFiles, { name, sha256: digest }: Artifact): Promise<void> {
  const content = await readIfThere(path.join(files.artifacts, digest));
  if (content && sha256(content) === digest) return;
  const found = content ? "it was altered" : "it is not in the ledger";
  throw damaged(
    PLACE.artifact(digest),
    found,
    `the content of ${name}, stored before the entry that names it`,
  );
}

async function settle(writing: Writing): Promise<void> {
  const { files, privateKey, onStep } = writing;
  const { date, envelope } = await pendingOf(files);
  const bytes = Buffer.from(envelope);
  const publicKey = createPublicKey(privateKey);
  const { tip } = await loadHead(files, publicKey);
  const link = linkAfter(tip);
  const file = entryFile(date, link.index);
  if (tip.last !== sha256(bytes)) {
    const artifacts = checkPending(envelope, publicKey, link, date);
    for (const { sha256: digest } of artifacts) await publish(writing, digest);
    await placeOnce(path.join(files.directory, file), bytes, PLACE.entry(date, link.index), onStep);
    const next = extend(tip, date, bytes);
    const dayRoot = sealEnvelope(DAY_ROOT_PAYLOAD, writeDayRoot(dayRootOf(next)!), privateKey);
    await place(path.join(files.directory, dayRootFile(date)), dayRoot, onStep);
    await placeHead(writing, next);
  }
  onStep(`remove ${files.pending}`);
  await rm(files.pending, { recursive: true, force: true });
}

async function pendingOf(files: LedgerFiles): Promise<Pending> {
  const file = pendingFile(files);
  const text = (await readIfThere(file))?.toString() ?? "";
  try {
    return readPending(text);
  } catch (error) {
    return placed(file)(error);
  }
}

function checkPending(envelope: string, publicKey: KeyObject, link: Link, date: string): readonly Artifact[] {
  try {
    const statement = readStatement(openEnvelope(Buffer.from(envelope), STATEMENT_PAYLOAD, publicKey));
    checkLink(statement.link, link);
    return statement.predicate.artifacts;
  } catch (error) {
    return placed(`the interrupted ${PLACE.entry(date, link.index)}`)(error);
  }
}

async function publish({ files, onStep }: Writing, digest: string): Promise<void> {
  const content = await readIfThere(path.join(files.pending, digest));
  if (content) await placeOnce(path.join(files.artifacts, digest), content, PLACE.artifact(digest), onStep);
}

/** What is in a ledger is never written over. */
async function placeOnce(file: string, bytes: Buffer, name: string, onStep: OnStep): Promise<void> {
  const present = await readIfThere(file);
  if (!present) return place(file, bytes, onStep);
  if (!present.equals(bytes))
    throw damaged(name, "other content stands in its place", `sha256 ${sha256(bytes)}`);
}

async function placeHead({ files, privateKey, now, onStep }: Writing, tip: Tip): Promise<void> {
  const head = writeHead({ ledger: files.name, tip, at: now().toISOString() });
  await place(files.head, sealEnvelope(HEAD_PAYLOAD, head, privateKey), onStep);
}

/** True when an entry was left on its way. */
export async function isInterrupted(files: LedgerFiles): Promise<boolean> {
  const names = await readdir(files.pending).catch(() => []);
  return names.length > 0;
}
