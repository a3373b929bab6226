// Rows that are not the same on two servers, whatever lies where: both tables are read whole, twice, by COPY, which plans nothing of
// theirs. The first time only sums are kept, by the hash of what tells rows apart; the second time the rows whose sums differ.
import { createHash } from "node:crypto";
import type { Session } from "../../postgres/port";
import type { Root } from "../images/catalogue";
import { type Image, keyOf, written } from "../images/change";
import { readWhole } from "../images/present";

/** Sums kept of each side: of 10 million rows with a thousand differences all but some forty thousand are left out. */
const SUMS = 2 ** 18;

export interface Whole {
  session: Session;
  root: Root;
}

/** @param onRow told rows of the first and of the second side; among them such as are the same on both */
export async function differingRows(
  sides: readonly [Whole, Whole],
  onRow: (side: 0 | 1, image: Image) => void,
): Promise<void> {
  const sums = [new BigUint64Array(SUMS), new BigUint64Array(SUMS)] as const;
  await both(sides, (side, image, of) => {
    const hash = digest(JSON.stringify(image)).readBigUInt64LE();
    const at = sumOf(of.root, image);
    sums[side][at] = sums[side][at]! + hash;
  });
  await both(sides, (side, image, of) => {
    const at = sumOf(of.root, image);
    if (sums[0][at] !== sums[1][at]) onRow(side, image);
  });
}

async function both(
  sides: readonly [Whole, Whole],
  onRow: (side: 0 | 1, image: Image, of: Whole) => void,
): Promise<void> {
  const read = (side: 0 | 1): Promise<void> => {
    const of = sides[side];
    return readWhole(of.session, of.root, (image) => onRow(side, written(image, of.root.columns), of));
  };
  await Promise.all([read(0), read(1)]);
}

function sumOf(root: Root, image: Image): number {
  return digest(keyOf(root, image)).readUInt32LE() % SUMS;
}

/** Where whoever may write could choose what collides, he could keep rows from being seen. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
