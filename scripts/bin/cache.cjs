// What the loader keeps from one start to the next: one file of pieces, each under the digest of the text it was made from.
// Plain JavaScript, because it runs before TypeScript can. Knows nothing of what the pieces are.
const { mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");

/** Pieces that are kept, bytes; those used longest ago go first. */
const MOST = 96 * 1024 * 1024;
const LENGTH = 8;

/** Two pieces a key. They are read when they are asked for: a command uses a part of what all commands have left. */
class Kept {
  /** @param file of pieces: the index's length, the index as JSON (key, lengths of its pieces), the pieces in its order */
  constructor(file) {
    this.places = new Map();
    try {
      this.descriptor = openSync(file, "r");
      let at = Number(this.#bytes(0, LENGTH).toString()) + LENGTH;
      for (const [key, ...lengths] of JSON.parse(this.#bytes(LENGTH, at - LENGTH).toString())) {
        this.places.set(key, { at, lengths });
        at += lengths.reduce((sum, length) => sum + length, 0);
      }
    } catch {
      this.places.clear(); // none yet, or not ours: everything is made anew
    }
  }

  #bytes(at, length) {
    const bytes = Buffer.allocUnsafeSlow(length);
    if (readSync(this.descriptor, bytes, 0, length, at) !== length) throw new Error("cut off");
    return bytes;
  }

  /** @returns the pieces of a key; undefined when it is not kept, or cannot be read in full */
  get(key) {
    const place = this.places.get(key);
    if (place === undefined) return undefined;
    try {
      const [first, second] = place.lengths;
      const both = this.#bytes(place.at, first + second);
      return [both.subarray(0, first), both.subarray(first)];
    } catch {
      return undefined;
    }
  }
}

/**
 * Puts a whole new file in place of the old one. Two commands may end at once: the last one's stays.
 * @param pieces by key, those to keep longest first
 */
function keep(file, pieces) {
  const beside = `${file}.${process.pid}`;
  try {
    let size = 0;
    const entries = [...pieces].filter(([, parts]) => {
      size += parts.reduce((sum, { length }) => sum + length, 0);
      return size <= MOST;
    });
    const index = Buffer.from(
      JSON.stringify(entries.map(([key, parts]) => [key, ...parts.map((p) => p.length)])),
    );
    const length = Buffer.from(String(index.length).padStart(LENGTH));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(beside, Buffer.concat([length, index, ...entries.flatMap(([, parts]) => parts)]));
    renameSync(beside, file);
  } catch {
    // A read-only checkout or a full disk: the next start makes them again.
    try {
      rmSync(beside, { force: true });
    } catch {
      // Nothing is below a file.
    }
  }
}

module.exports = { Kept, keep };
