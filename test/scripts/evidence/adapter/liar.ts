// Writes a ledger anew as the holder of its key can: every entry changed as told, then signed, chained and counted again.
import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  DAY_ROOT_PAYLOAD,
  dayRootOf,
  EMPTY_TIP,
  extend,
  HEAD_PAYLOAD,
  writeDayRoot,
  writeHead,
} from "../../../../scripts/evidence/chain";
import { sealEnvelope, sha256 } from "../../../../scripts/evidence/dsse";
import { STATEMENT_PAYLOAD } from "../../../../scripts/evidence/statement";
import { NOON, type Place } from "./place";

export type Json = Record<string, unknown>;

export interface Lie {
  /** Changes what entry `index` claims. */
  claim?: (claim: Json, index: number) => void;
  /** Changes the statement around the claim. */
  statement?: (statement: Json, index: number) => void;
  /** Changes the bytes that are signed. */
  payload?: (bytes: Buffer, index: number) => Buffer;
  head?: (head: Json) => void;
  headPayload?: (bytes: Buffer) => Buffer;
  root?: (root: Json) => void;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parse = (bytes: Uint8Array): Json => JSON.parse(Buffer.from(bytes).toString()) as Json;

function payloadOf(file: string): Json {
  return parse(Buffer.from((parse(readFileSync(file)) as { payload: string }).payload, "base64"));
}

function subjectsOf(claim: Json): unknown {
  const artifacts = claim.artifacts as { name: string; sha256: string }[] | undefined;
  if (!Array.isArray(artifacts) || artifacts.length === 0)
    return [{ name: "predicate", digest: { sha256: sha256(JSON.stringify(claim)) } }];
  return artifacts.map((artifact) => ({ name: artifact?.name, digest: { sha256: artifact?.sha256 } }));
}

export function rewrite(place: Place, lie: Lie): void {
  const key = createPrivateKey(readFileSync(path.join(place.options.keys, "ed25519.pem")));
  const head = payloadOf(place.head);
  let tip = EMPTY_TIP;
  const days = readdirSync(place.directory)
    .filter((name) => /^\d{4}-/.test(name))
    .sort();
  for (const day of days) {
    const directory = path.join(place.directory, day);
    for (const name of readdirSync(directory)
      .filter((file) => file.endsWith(".dsse.json"))
      .sort()) {
      const file = path.join(directory, name);
      const index = tip.tree.size + 1;
      const { _type, predicateType, predicate } = payloadOf(file);
      const claim = { ...(predicate as Json), previous: tip.last };
      lie.claim?.(claim, index);
      const statement: Json = { _type, subject: subjectsOf(claim), predicateType, predicate: claim };
      lie.statement?.(statement, index);
      const bytes = json(statement);
      const envelope = sealEnvelope(STATEMENT_PAYLOAD, lie.payload?.(bytes, index) ?? bytes, key);
      writeFileSync(file, envelope);
      tip = extend(tip, day, envelope);
    }
    const root = parse(writeDayRoot(dayRootOf(tip)!));
    lie.root?.(root);
    writeFileSync(path.join(directory, "root.json"), sealEnvelope(DAY_ROOT_PAYLOAD, json(root), key));
  }
  const next = parse(writeHead({ ledger: String(head.ledger), tip, at: NOON.toISOString() }));
  lie.head?.(next);
  const bytes = json(next);
  writeFileSync(place.head, sealEnvelope(HEAD_PAYLOAD, lie.headPayload?.(bytes) ?? bytes, key));
}
