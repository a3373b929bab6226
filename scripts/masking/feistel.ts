// A keyed permutation of the numbers below a size: what was different stays different, and without the key there is no way back.
// A Feistel network as in FF1 (NIST SP 800-38G), over two halves of any size, with HMAC-SHA256 for its rounds.
import { createHmac } from "node:crypto";

const ROUNDS = 10;
/** Below this size a number might meet itself by chance; such permutations are made so that none does. */
const SMALL = 1n << 40n;

export class Permutation {
  private readonly left: bigint;
  private readonly right: bigint;

  /** @param domain what is permuted: another domain is another permutation, under the same key */
  constructor(
    private readonly key: Buffer,
    private readonly domain: string,
    private readonly size: bigint,
  ) {
    if (size < 1n) throw new Error(`a permutation of ${size} numbers`);
    this.left = root(size);
    this.right = (size + this.left - 1n) / this.left;
  }

  /** Where a number goes. Of fewer than 2^40 numbers none stays where it is, unless it is alone. */
  of(number: bigint): bigint {
    if (number < 0n || number >= this.size) throw new Error("a number outside of its permutation");
    if (this.size === 1n) return number;
    if (this.size > SMALL) return this.walk(number, (x) => this.forward(x));
    // One step along the one circle of all numbers that the network arranges: nothing is its own neighbour.
    const place = this.walk(number, (x) => this.forward(x));
    return this.walk((place + 1n) % this.size, (x) => this.backward(x));
  }

  /** The halves together may hold a few numbers more than there are: those are walked over. */
  private walk(from: bigint, step: (number: bigint) => bigint): bigint {
    let at = step(from);
    while (at >= this.size) at = step(at);
    return at;
  }

  private forward(number: bigint): bigint {
    let [l, r] = [number / this.right, number % this.right];
    for (let round = 0; round < ROUNDS; round++)
      if (round % 2 === 0) l = (l + this.round(round, r, this.left)) % this.left;
      else r = (r + this.round(round, l, this.right)) % this.right;
    return l * this.right + r;
  }

  private backward(number: bigint): bigint {
    let [l, r] = [number / this.right, number % this.right];
    for (let round = ROUNDS - 1; round >= 0; round--)
      if (round % 2 === 0) l = (l + this.left - this.round(round, r, this.left)) % this.left;
      else r = (r + this.right - this.round(round, l, this.right)) % this.right;
    return l * this.right + r;
  }

  private round(round: number, half: bigint, below: bigint): bigint {
    return drawn(this.key, `${this.domain}\0${this.size}\0${round}\0${half}`, below);
  }
}

/** A number below `below` that only the key tells; 128 bits more than needed are drawn, so that none is likelier than others. */
export function drawn(key: Buffer, text: string, below: bigint): bigint {
  const bytes = Math.ceil(below.toString(16).length / 2) + 16;
  let hex = "";
  for (let block = 0; hex.length < bytes * 2; block++)
    hex += createHmac("sha256", key).update(`${block}\0${text}`, "utf8").digest("hex");
  return BigInt(`0x${hex}`) % below;
}

/** The smallest whole number whose square is at least `size`. */
function root(size: bigint): bigint {
  let high = 1n << BigInt(Math.ceil(size.toString(2).length / 2) + 1);
  let low = 0n;
  while (low + 1n < high) {
    const middle = (low + high) / 2n;
    if (middle * middle >= size) high = middle;
    else low = middle;
  }
  return high;
}
