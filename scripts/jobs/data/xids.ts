// How transactions are named on the command line.
import { OpsError } from "../../core/errors";

export const XIDS = {
  kind: "list",
  positional: true,
  required: true,
  value: "xid",
  pattern: { form: /^[1-9]\d{0,9}$/, expected: "a transaction's number, as `ops data blame` shows it" },
  description: "numbers of transactions",
} as const;

/** @throws OpsError usage */
export function transactionIds(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const xid = Number(text);
    if (xid >= 3 && xid <= 0xffff_ffff) return xid;
    throw new OpsError("usage", `${text} is no transaction`, { expected: "a number from 3 to 4294967295" });
  });
}
