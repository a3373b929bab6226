// The Ed25519 key that signs a ledger. The private half never leaves this file except as a KeyObject; it is never printed.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { lstat } from "node:fs/promises";
import path from "node:path";
import { isObstacle } from "../../machine/obstacles";
import { keyId } from "../dsse";
import { unusableKey } from "./errors";
import { createOnce, isAbsent, makeDirectory, readIfThere, removeDrafts } from "./files";
import type { LedgerFiles } from "./layout";

type KeyFiles = Pick<LedgerFiles, "privateKey" | "publicKey">;

const LOST = "put it back from its escrow; if it is lost, begin a new ledger and publish the new public key";

function pem(key: KeyObject): string {
  return key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" }).toString();
}

function parse(file: string, bytes: Buffer, read: (pem: Buffer) => KeyObject): KeyObject {
  const key = ((): KeyObject | undefined => {
    try {
      return read(bytes);
    } catch {
      return undefined;
    }
  })();
  if (key?.asymmetricKeyType === "ed25519") return key;
  throw unusableKey(file, "it is no Ed25519 key", "put the right file back");
}

async function readPublic(files: KeyFiles): Promise<KeyObject | undefined> {
  const bytes = await readIfThere(files.publicKey);
  return bytes && parse(files.publicKey, bytes, createPublicKey);
}

/**
 * That a file lies beside the ledger proves nothing: whoever can put a ledger there can put his key there. Where the private key
 * can be read, the public one must be its half.
 */
export async function isSubstituted(files: KeyFiles): Promise<boolean> {
  const published = await readPublic(files);
  const bytes = await readIfThere(files.privateKey).catch((error: unknown) => {
    if (isObstacle(error)) return undefined;
    throw error;
  });
  if (!published || !bytes) return false;
  return keyId(published) !== keyId(parse(files.privateKey, bytes, createPrivateKey));
}

/** The public key; undefined when nothing was ever signed here. @throws OpsError evidence */
export async function verifyingKey(files: KeyFiles): Promise<KeyObject | undefined> {
  const published = await readPublic(files);
  if (published) return published;
  const bytes = await readIfThere(files.privateKey);
  return bytes && createPublicKey(parse(files.privateKey, bytes, createPrivateKey));
}

/** Who we are to the file system; undefined where it knows no users. */
const us = (): number | undefined => process.geteuid?.();

/**
 * Content of a file that nobody but we could read or replace: it and its directory are ours alone, and no links. What others may have
 * read or written is never put right in silence: the key may be known, or not be ours.
 */
async function readGuarded(file: string): Promise<Buffer | undefined> {
  await demandOurs(path.dirname(file), "directory");
  return (await demandOurs(file, "file")) ? readIfThere(file) : undefined;
}

/** @returns false when there is nothing. @throws OpsError evidence */
async function demandOurs(place: string, kind: "directory" | "file"): Promise<boolean> {
  const found = await lstat(place).catch(unlessAbsent);
  if (!found) return false;
  const isKind = kind === "directory" ? found.isDirectory() : found.isFile();
  if (!isKind) {
    const what = found.isSymbolicLink() ? "it is a link" : `it is not a ${kind}`;
    throw unusableKey(place, what, `put the ${kind} itself in its place`);
  }
  if (us() !== undefined && found.uid !== us()) {
    const todo = `run ops as its owner, or make it yours (\`chown ${us()} ${place}\`) when you know that it is`;
    throw unusableKey(place, `it belongs to user ${found.uid}, ops runs as ${us()}`, todo);
  }
  if ((found.mode & 0o077) === 0) return true;
  const [verb, mode] = kind === "directory" ? ["enter", "700"] : ["read", "600"];
  throw unusableKey(
    place,
    `others may ${verb} it`,
    `\`chmod ${mode} ${place}\`; if somebody else may have had the key, make a new one and publish it`,
  );
}

function unlessAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
  return undefined;
}

/** The private key, made on first use with its public half beside it. @throws OpsError evidence */
export async function signingKey(files: KeyFiles): Promise<KeyObject> {
  const published = await readPublic(files);
  if (!published && !(await readIfThere(files.privateKey))) {
    await makeDirectory(path.dirname(files.privateKey), 0o700);
    await demandOurs(path.dirname(files.privateKey), "directory");
    await createOnce(files.privateKey, pem(generateKeyPairSync("ed25519").privateKey), 0o600);
  }
  const bytes = await readGuarded(files.privateKey);
  if (!bytes) throw unusableKey(files.privateKey, "it is gone, its public half is still there", LOST);
  await removeDrafts(path.dirname(files.privateKey));
  const key = parse(files.privateKey, bytes, createPrivateKey);
  if (!published) await createOnce(files.publicKey, pem(createPublicKey(key)), 0o644);
  else if (keyId(published) !== keyId(key))
    throw unusableKey(files.publicKey, "it is not the public half", LOST);
  return key;
}

/** The content of another key that is ours alone, made on first use in a directory of keys. @throws OpsError evidence */
export async function secretFile(file: string, make: () => string): Promise<Buffer> {
  const found = await readGuarded(file);
  if (found) return found;
  await makeDirectory(path.dirname(file), 0o700);
  await demandOurs(path.dirname(file), "directory");
  await createOnce(file, make(), 0o600);
  const made = await readGuarded(file);
  if (!made) throw unusableKey(file, "it is gone as soon as it was made", LOST);
  await removeDrafts(path.dirname(file));
  return made;
}
