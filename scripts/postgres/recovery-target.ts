// Where recovery stops, and how positions in the WAL compare.

/** Where recovery stops. `lsn` of a checkpoint is known when it was taken by us. */
export type RecoveryTarget =
  | { kind: "restore-point"; name: string; lsn: string; at: Date }
  | { kind: "time"; at: Date }
  | { kind: "latest" };

/** The end of a transaction; what others committed before it is there. */
export interface TransactionTarget {
  kind: "transaction";
  /** Of the transaction itself, not of one of its subtransactions. */
  xid: number;
  /** Whether it is there too. */
  inclusive: boolean;
}

/** Just before a record: what it did is not there. */
export interface LsnTarget {
  kind: "lsn";
  lsn: string;
}

/** A position in the WAL: two halves of 64 bits in hex. */
export const LSN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** A PostgreSQL LSN as a number that compares. @throws RangeError when the text is no LSN */
export function lsnValue(lsn: string): bigint {
  const match = LSN.exec(lsn);
  if (!match) throw new RangeError(`not an LSN: ${lsn}`);
  return (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`);
}
