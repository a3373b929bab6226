// Writes a ledger of many entries at once, without the cost of making each durable: `tsx forge.ts <home> <count>`.
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
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
import { sealEnvelope } from "../../../../scripts/evidence/dsse";
import { STATEMENT_PAYLOAD, writeStatement } from "../../../../scripts/evidence/statement";
import { NOON, placeIn, predicate } from "./place";

const [home = "", count = "0"] = process.argv.slice(2);
const place = placeIn(home);
const day = path.join(place.directory, "2026-11-23");
const { keys, heads } = place.options;
for (const directory of [day, keys, heads]) mkdirSync(directory, { recursive: true, mode: 0o700 });
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
writeFileSync(path.join(keys, "ed25519.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), {
  mode: 0o600,
});
writeFileSync(place.key, publicKey.export({ type: "spki", format: "pem" }));

let tip = EMPTY_TIP;
for (let index = 1; index <= Number(count); index++) {
  const statement = writeStatement(predicate(`job-${index}`), { index, previous: tip.last });
  const envelope = sealEnvelope(STATEMENT_PAYLOAD, statement, privateKey);
  writeFileSync(path.join(day, `${String(index).padStart(6, "0")}.dsse.json`), envelope);
  tip = extend(tip, "2026-11-23", envelope);
}
const root = dayRootOf(tip);
if (root)
  writeFileSync(path.join(day, "root.json"), sealEnvelope(DAY_ROOT_PAYLOAD, writeDayRoot(root), privateKey));
const head = writeHead({ ledger: "sandbox", tip, at: NOON.toISOString() });
writeFileSync(place.head, sealEnvelope(HEAD_PAYLOAD, head, privateKey));
