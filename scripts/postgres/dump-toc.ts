// Reads the table of contents of a pg_dump archive in the custom format: every object by itself, whatever its definition holds.
// The text format has no such bounds: a function's body may look like the beginning of another object. Pure.
//
// The layout is that of pg_backup_archiver.c (ReadHead, ReadToc) and pg_backup_custom.c, for archive versions 1.13 to 1.16
// (PostgreSQL 11 to 18).
export interface TocEntry {
  /** `TABLE`, `FUNCTION`, `ACL`, … */
  type: string;
  schema: string;
  name: string;
  owner: string;
  definition: string;
  tablespace: string;
  accessMethod: string;
}

const MAGIC = "PGDMP";
const CUSTOM = 1;
/** Archive versions as `major * 100 + minor`. */
const KNOWN = { oldest: 113, newest: 116 };
const HAS_ACCESS_METHOD = 114;
const HAS_ALGORITHM = 115;
const HAS_KIND = 116;

/** One entry at a time: a schema may be larger than what one wants to hold in memory twice. @throws RangeError when it is no such archive, of an unknown version, or cut short */
export function* readToc(archive: Buffer): Generator<TocEntry> {
  const reader = new Reader(archive);
  const version = reader.head();
  for (let left = reader.int(); left > 0; left--) yield entry(reader, version);
}

function entry(reader: Reader, version: number): TocEntry {
  reader.int(); // dump id
  reader.int(); // has data
  reader.text(); // object id of the catalogue
  reader.text(); // object id
  const name = reader.text() ?? "";
  const type = reader.text() ?? "";
  reader.int(); // section
  const definition = reader.text() ?? "";
  reader.text(); // how it is dropped
  reader.text(); // how its rows are copied
  const schema = reader.text() ?? "";
  const tablespace = reader.text() ?? "";
  const accessMethod = version >= HAS_ACCESS_METHOD ? (reader.text() ?? "") : "";
  if (version >= HAS_KIND) reader.int();
  const owner = reader.text() ?? "";
  reader.text(); // with object ids, of old versions
  while (reader.text() !== undefined); // dependencies
  reader.skip(1 + reader.offsetBytes); // where its data are
  return { type, schema, name, owner, definition, tablespace, accessMethod };
}

/**
 * What is no UTF-8 must not become equal by being read as such: two texts are the same only if their bytes are. No text of
 * PostgreSQL holds a NUL.
 */
function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : `\0${bytes.toString("hex")}`;
}

class Reader {
  private at = 0;
  private intBytes = 4;
  offsetBytes = 8;

  constructor(private readonly bytes: Buffer) {}

  /** @returns the archive's version */
  head(): number {
    const magic = this.take(MAGIC.length).toString("latin1");
    const [major, minor] = [this.byte(), this.byte()];
    this.byte(); // revision
    const version = major * 100 + minor;
    this.intBytes = this.byte();
    this.offsetBytes = this.byte();
    const format = this.byte();
    if (magic !== MAGIC || format !== CUSTOM || version < KNOWN.oldest || version > KNOWN.newest)
      throw new RangeError(
        `no archive in pg_dump's custom format of a known version: ${magic} ${major}.${minor}`,
      );
    if (version >= HAS_ALGORITHM) this.byte();
    else this.int(); // level of compression
    for (let i = 0; i < 7; i++) this.int(); // when it was made
    for (let i = 0; i < 3; i++) this.text(); // database, versions of server and pg_dump
    return version;
  }

  /** A sign and bytes from the least significant on. */
  int(): number {
    const sign = this.byte();
    let value = 0;
    for (const [i, byte] of this.take(this.intBytes).entries()) value += byte * 2 ** (8 * i);
    return sign === 1 ? -value : value;
  }

  /** @returns undefined for none, which is not the same as an empty one */
  text(): string | undefined {
    const length = this.int();
    return length < 0 ? undefined : textOf(this.take(length));
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  private byte(): number {
    return this.take(1)[0]!;
  }

  private take(length: number): Buffer {
    const part = this.bytes.subarray(this.at, this.at + length);
    if (part.length < length)
      throw new RangeError("the schema dump is incomplete: it ends in its table of contents");
    this.at += length;
    return part;
  }
}
