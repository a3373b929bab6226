// The Ed25519 key that signs a ledger. The private half never leaves this file except as a KeyObject; it is never printed.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import { link, open, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { keyId } from "../../domain/dsse";
import { unusableKey } from "./errors";
import { makeDirectory, place, readIfThere } from "./files";
import type { LedgerFiles } from "./layout";

type KeyFiles = Pick<LedgerFiles, "privateKey" | "publicKey">;

const LOST = "put it back from its escrow; if it is lost, begin a new ledger and publish the new public key";

function pem(key: KeyObject): string {
  return key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" }).toString();
}

/** Two processes may both find no key: the first link wins, and both read the same file afterwards. */
async function generate(file: string): Promise<void> {
  const directory = path.dirname(file);
  await makeDirectory(directory, 0o700);
  const beside = path.join(directory, `${randomUUID()}.tmp`);
  const handle = await open(beside, "wx", 0o600);
  try {
    await handle.writeFile(pem(generateKeyPairSync("ed25519").privateKey));
    await handle.chmod(0o600);
    await handle.sync();
    await link(beside, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await handle.close();
    await unlink(beside);
  }
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

/** The public key; undefined when nothing was ever signed here. @throws OpsError evidence */
export async function verifyingKey(files: KeyFiles): Promise<KeyObject | undefined> {
  const published = await readPublic(files);
  if (published) return published;
  const bytes = await readIfThere(files.privateKey);
  return bytes && createPublicKey(parse(files.privateKey, bytes, createPrivateKey));
}

/** The private key, made on first use with its public half beside it. @throws OpsError evidence */
export async function signingKey(files: KeyFiles): Promise<KeyObject> {
  const published = await readPublic(files);
  if (!published) await generate(files.privateKey);
  const bytes = await readIfThere(files.privateKey);
  if (!bytes) throw unusableKey(files.privateKey, "it is gone, its public half is still there", LOST);
  if (((await stat(files.privateKey)).mode & 0o077) !== 0) {
    throw unusableKey(files.privateKey, "others may read it", `chmod 600 ${files.privateKey}`);
  }
  const key = parse(files.privateKey, bytes, createPrivateKey);
  if (!published) await place(files.publicKey, Buffer.from(pem(createPublicKey(key))));
  else if (keyId(published) !== keyId(key))
    throw unusableKey(files.publicKey, "it is not the public half", LOST);
  return key;
}
