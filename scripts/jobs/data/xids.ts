// How transactions and repairs are named on the command line.
import { OpsError } from "../../core/errors";

export const XIDS = {
  kind: "list",
  positional: true,
  required: true,
  value: "xid",
  pattern: { form: /^[1-9]\d{0,9}$/, expected: "a transaction's number, as `ops data blame` shows it" },
  description: "numbers of transactions",
} as const;

export const REPAIR = {
  kind: "text",
  positional: true,
  required: true,
  value: "id",
  pattern: { form: /^\d{8}t\d{6}-[0-9a-f]{6}$/, expected: "an id that `ops data undo` or `apply` printed" },
  description: "the repair: its plan, or what was applied of it",
} as const;

/** @throws OpsError usage */
export function transactionIds(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const xid = Number(text);
    if (xid >= 3 && xid <= 0xffff_ffff) return xid;
    throw new OpsError("usage", `${text} is no transaction`, { expected: "a number from 3 to 4294967295" });
  });
}
