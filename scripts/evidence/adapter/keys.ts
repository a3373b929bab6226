// The Ed25519 key that signs a ledger. The private half never leaves this file except as a KeyObject; it is never printed.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { keyId } from "../dsse";
import { unusableKey } from "./errors";
import { createOnce, makeDirectory, readIfThere } from "./files";
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
  if (!published && !(await readIfThere(files.privateKey))) {
    await makeDirectory(path.dirname(files.privateKey), 0o700);
    await createOnce(files.privateKey, pem(generateKeyPairSync("ed25519").privateKey), 0o600);
  }
  const bytes = await readIfThere(files.privateKey);
  if (!bytes) throw unusableKey(files.privateKey, "it is gone, its public half is still there", LOST);
  if (((await stat(files.privateKey)).mode & 0o077) !== 0) {
    throw unusableKey(files.privateKey, "others may read it", `chmod 600 ${files.privateKey}`);
  }
  const key = parse(files.privateKey, bytes, createPrivateKey);
  if (!published) await createOnce(files.publicKey, pem(createPublicKey(key)), 0o644);
  else if (keyId(published) !== keyId(key))
    throw unusableKey(files.publicKey, "it is not the public half", LOST);
  return key;
}
