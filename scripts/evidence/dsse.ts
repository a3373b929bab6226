// DSSE envelopes (https://github.com/secure-systems-lab/dsse, protocol v1.0.2) signed with Ed25519.
// Exactly one encoding of an envelope is accepted, so that no byte of a file can change unseen: neither white space nor the
// spare bits of base64.
import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** Something signed is not what it should be. Whoever knows the place turns it into an error or a finding. */
export class Defect extends Error {
  readonly found: string;
  readonly expected: string;
  constructor(found: string, expected: string) {
    super(`${found}; expected ${expected}`);
    this.name = "Defect";
    this.found = found;
    this.expected = expected;
  }
}

/** Lower-case hex. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Exporting a key costs nearly as much as verifying with it. */
const KNOWN = new WeakMap<KeyObject, string>();

/** Fingerprint of a key: sha256 of its public half as DER SubjectPublicKeyInfo. */
export function keyId(key: KeyObject): string {
  const known = KNOWN.get(key);
  if (known !== undefined) return known;
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const id = sha256(publicKey.export({ type: "spki", format: "der" }));
  KNOWN.set(key, id);
  return id;
}

/** Pre-authentication encoding: what is signed. Lengths are in bytes. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const header = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(header), payload]);
}

function encode(payloadType: string, payload: Uint8Array, keyid: string, signature: Uint8Array): Buffer {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const envelope = { payloadType, payload: base64(payload), signatures: [{ keyid, sig: base64(signature) }] };
  return Buffer.from(`${JSON.stringify(envelope)}\n`);
}

/** Ed25519 is deterministic: the same payload and key always give the same bytes. */
export function sealEnvelope(payloadType: string, payload: Uint8Array, privateKey: KeyObject): Buffer {
  const signature = sign(null, preAuthenticationEncoding(payloadType, payload), privateKey);
  return encode(payloadType, payload, keyId(privateKey), signature);
}

interface Envelope {
  payloadType: string;
  payload: string;
  signatures: [{ keyid: string; sig: string }];
}

function isEnvelope(value: unknown): value is Envelope {
  const { payloadType, payload, signatures } = (value ?? {}) as Partial<Record<keyof Envelope, unknown>>;
  const { keyid, sig } = (Array.isArray(signatures) ? (signatures[0] ?? {}) : {}) as Record<string, unknown>;
  return [payloadType, payload, keyid, sig].every((part) => typeof part === "string");
}

function parse(bytes: Uint8Array): Envelope {
  const envelope = ((): unknown => {
    try {
      return JSON.parse(Buffer.from(bytes).toString("utf8"));
    } catch {
      return undefined;
    }
  })();
  if (!isEnvelope(envelope))
    throw new Defect("its content is no DSSE envelope", "an envelope as it was written");
  return envelope;
}

/**
 * The payload of an envelope that is signed by this key and encoded as `sealEnvelope` does it.
 * @throws Defect
 */
export function openEnvelope(bytes: Uint8Array, payloadType: string, publicKey: KeyObject): Buffer {
  const envelope = parse(bytes);
  const [{ keyid, sig }] = envelope.signatures;
  const payload = Buffer.from(envelope.payload, "base64");
  const signature = Buffer.from(sig, "base64");
  if (!encode(envelope.payloadType, payload, keyid, signature).equals(bytes)) {
    throw new Defect(
      "its bytes are not those that were written",
      "the one canonical encoding of the envelope",
    );
  }
  if (envelope.payloadType !== payloadType) throw new Defect(`it holds ${envelope.payloadType}`, payloadType);
  const expected = keyId(publicKey);
  if (keyid !== expected) throw new Defect(`it names key ${keyid}`, `key ${expected}`);
  if (!verify(null, preAuthenticationEncoding(payloadType, payload), publicKey, signature)) {
    throw new Defect("its signature does not fit its content", `a signature by key ${expected}`);
  }
  return payload;
}
