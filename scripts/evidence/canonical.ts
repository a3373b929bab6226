// Signed JSON has one spelling: what JSON.stringify writes. A name that stands twice, bytes that are no UTF-8, white space and
// whatever follows the end would be read in different ways by different readers, so they are refused, whoever signed them.
import { Defect } from "./dsse";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const ONE_SPELLING =
  "JSON in UTF-8 as it is written here: every name once, no white space, nothing behind it";

/** @throws Defect when the payload is not the one spelling of a JSON value */
export function readExactly(payload: Uint8Array): unknown {
  const text = attempt("its content is not UTF-8", () => UTF8.decode(payload));
  const value = attempt("its content is not JSON", (): unknown => JSON.parse(text));
  const again = attempt("its content is nested too deeply", () => JSON.stringify(value));
  if (again === text) return value;
  throw new Defect("its content has a name twice, or another spelling than the one allowed", ONE_SPELLING);
}

function attempt<T>(found: string, body: () => T): T {
  try {
    return body();
  } catch {
    throw new Defect(found, ONE_SPELLING);
  }
}
