// The SQL expression that hashes one row: 64 bits, equal when the binary images of all columns are equal. Pure.
//
// Its building block is PostgreSQL's own `hash_bytes_uint32_extended(value, seed)`: value and all 64 bits of the seed are mixed
// non-linearly, so feeding one column's hash to the next as its seed hashes the row, without a row ever being formed.
// What the usual functions lose, each seen on a real server, is put back here or the function is not used:
// - `hash_record_extended(row(…))` adds columns up linearly: a sum does not notice two rows that exchange a value;
// - `hashint8extended` and `timestamp_hash_extended` fold 64 bits into 32: integers go into the seed instead, and a
//   timestamp is hashed a second time, cut to multiples of 2^32 µs, which tells its upper half;
// - `hash_numeric_extended` knows neither sign nor scale, `hashfloat8extended` no -0, `jsonb_hash_extended` no scale.
//
// Whoever may write to the database may also define casts, functions and operators of their own types, and a superuser who calls
// one of them hands over the server. So a value of a type that is not PostgreSQL's own reaches only functions of pg_catalog
// that take anything (`format`, `record_send`, those of enums) and find the type's own output or send function by its object
// id: nobody but a superuser makes those. No cast is ever written from or to such a type, and none of their names appears.

/** One column as the server lists it. */
export interface ListedColumn {
  name: string;
  not_null: boolean;
  /** Base type of a domain, else the type itself; with its schema where that is needed. Written into SQL only below oid 10000. */
  type: string;
  /** Object id of that base type; below 10000 it is PostgreSQL's own, and the same in every cluster. */
  oid: number;
  is_domain: boolean;
  is_enum: boolean;
  /** Stored as text is, byte for byte. */
  is_text: boolean;
  /** Send function of a type of PostgreSQL's own, any text for others; null when the type, or one that it is made of, has none. */
  send: string | null;
}

export type Via =
  | "seed"
  | "int4"
  | "int2"
  | "bool"
  | "char"
  | "oid"
  | "name"
  | "uuid"
  | "enum"
  | "text"
  | "timestamp"
  | "timestamptz"
  | "output"
  | "small-image"
  | "image";

/** How a column is hashed; a checkpoint keeps it, so that a copy is read in the same way. */
export interface HashedColumn {
  name: string;
  type: string;
  via: Via;
  nullable: boolean;
  /** Only for images: the send function, or how the image of any type is made. */
  send?: string;
  /** The column's own type is a domain over `type`. */
  domain?: true;
}

/** By base type's object id (pg_type.dat); types without an entry are hashed by what they send, or else by their text. */
const VIA: Readonly<Record<number, Via>> = {
  16: "bool",
  18: "char",
  19: "name",
  20: "seed",
  21: "int2",
  23: "int4",
  26: "oid",
  1114: "timestamp",
  1184: "timestamptz",
  // Text tells sign, scale, NaN and infinity of a number and is cheaper than its image.
  1700: "output",
  2950: "uuid",
};

/** `HashedColumn.send` of a type that is not PostgreSQL's own: whatever a row of it alone sends, by object id. */
export const ANY_IMAGE = "record_send";
/** Object ids from here on are not PostgreSQL's own (FirstGenbkiObjectId of transam.h). */
const FIRST_FOREIGN = 10000;

/** Images of a few bytes share one array: a date, reals, times, network addresses, geometric values. */
const SMALL = new Set([600, 700, 701, 829, 790, 869, 650, 1082, 1083, 1186, 1266, 3220]);

export function hashedColumn(column: ListedColumn): HashedColumn {
  const { name, type } = column;
  const own = column.oid < FIRST_FOREIGN;
  const via = own ? viaOfOwn(column) : viaOfForeign(column);
  const send = own ? column.send : ANY_IMAGE;
  return {
    name,
    type,
    via,
    nullable: !column.not_null,
    ...(via.endsWith("image") && send !== null ? { send } : {}),
    ...(column.is_domain ? { domain: true as const } : {}),
  };
}

function viaOfOwn({ oid, is_text, send }: ListedColumn): Via {
  if (is_text) return "text";
  return VIA[oid] ?? (send === null ? "output" : SMALL.has(oid) ? "small-image" : "image");
}

/** A domain over an enum is no enum to `hashenumextended`, and a cast would have to name it. */
function viaOfForeign({ is_enum, is_domain, send }: ListedColumn): Via {
  if (is_enum) return is_domain ? "output" : "enum";
  return send === null ? "output" : "image";
}

/** Multiples of 2^32 µs from the earliest timestamp on, so that none is cut to something before it (timestamp.h). */
const UPPER_HALF = "'4294.967296 s'::pg_catalog.interval";
const ORIGIN = "'2000-01-01 00:18:12.591616'::pg_catalog.timestamp";
/** Nested calls of one chain: a table may have 1600 columns, and the server's stack 2 MB. */
const CHAIN = 24;

/** Column reference and seed → hash. All are strict, all in pg_catalog. */
const CALL: Readonly<
  Record<Exclude<Via, "seed" | "image" | "small-image">, (c: string, seed: string, type: string) => string>
> = {
  int4: (c, seed) => `hashint4extended(${c}, ${seed})`,
  int2: (c, seed) => `hashint2extended(${c}, ${seed})`,
  bool: (c, seed) => `hashint4extended(${c}::pg_catalog.int4, ${seed})`,
  char: (c, seed) => `hashcharextended(${c}, ${seed})`,
  oid: (c, seed) => `hashoidextended(${c}, ${seed})`,
  name: (c, seed) => `hashnameextended(${c}, ${seed})`,
  uuid: (c, seed) => `uuid_hash_extended(${c}, ${seed})`,
  enum: (c, seed) => `hashenumextended(${c}, ${seed})`,
  text: (c, seed) => hashText(`${c}::pg_catalog.text`, seed),
  output: (c, seed, type) => hashText(type === "numeric" ? `${c}::pg_catalog.text` : outputOf(c), seed),
  timestamp: (c, seed) => hashTimestamp(c, seed),
  timestamptz: (c, seed) => hashTimestamp(`(${c} at time zone interval '0')`, seed),
};

/** By the type's own output function, where a cast to text would be whatever its owner makes of it; NULL stays NULL, row(NULL) does not become it. */
function outputOf(c: string): string {
  return `case when ${c} is distinct from null then format('%s', ${c}) end`;
}

/** Of the bytes, whatever the column's collation takes for equal. */
function hashText(text: string, seed: string): string {
  return `hashtextextended((${text}) collate pg_catalog."C", ${seed})`;
}

function hashTimestamp(c: string, seed: string): string {
  return `timestamp_hash_extended(${c}, timestamp_hash_extended(date_bin(${UPPER_HALF}, ${c}, ${ORIGIN}), ${seed}))`;
}

/**
 * Nullable columns, and images, are hashed each with a seed of its own and combined by xor; what comes out is the seed of a
 * chain through the columns that are never null. The last step always mixes, so a sum of results notices any exchange.
 * Two different rows have the same hash with a probability of about 2^-64; the functions are not cryptographic.
 * @param quote quotes an identifier
 */
export function rowHash(columns: readonly HashedColumn[], quote: (name: string) => string): string {
  const seeds = seedsOf();
  const chained = columns.filter(({ nullable, via }) => !nullable && !via.endsWith("image"));
  const chains: HashedColumn[][] = [];
  for (let from = 0; from < chained.length; from += CHAIN) chains.push(chained.slice(from, from + CHAIN));
  const small = columns.filter(({ via }) => via === "small-image");
  const parts = [
    ...columns
      .filter(({ nullable, via }) => nullable && !via.endsWith("image"))
      .map((column) => `coalesce(${chain([column], seeds(), quote)}, ${seeds()})`),
    ...(small.length > 0 ? [images(small, seeds(), quote)] : []),
    ...columns.filter(({ via }) => via === "image").map((column) => images([column], seeds(), quote)),
    ...chains.slice(1).map((rest) => chain(rest, seeds(), quote)),
  ];
  const seed = parts.length > 0 ? xor(parts) : seeds();
  const [first] = chains;
  return first ? chain(first, seed, quote) : mix(seed);
}

function mix(seed: string): string {
  return `hashint4extended(1, ${seed})`;
}

/** Integers of 64 bits go into the seed of another column's step, or into a step of their own. */
function chain(columns: readonly HashedColumn[], seed: string, quote: (name: string) => string): string {
  const wide = columns.filter(({ via }) => via === "seed").map((column) => reference(column, quote));
  let hash = seed;
  for (const column of columns) {
    if (column.via === "seed" || column.via === "image" || column.via === "small-image") continue;
    const absorbed = wide.shift();
    const seeded = absorbed ? `${absorbed} # ${hash}` : hash;
    hash = CALL[column.via](reference(column, quote), seeded, column.type);
  }
  for (const left of wide) hash = mix(`${left} # ${hash}`);
  return hash;
}

function images(columns: readonly HashedColumn[], seed: string, quote: (name: string) => string): string {
  const sent = columns.map((column) => imageOf(column, reference(column, quote)));
  return `hash_array_extended(array[${sent.join(", ")}], ${seed})`;
}

/** A value of up to 1 GB has no room for a copy in an array: beyond 16 MiB a bytea is represented by its SHA-256. */
const WHOLE_IMAGE_BYTES = 2 ** 24;

function imageOf({ type, send }: HashedColumn, c: string): string {
  if (send === ANY_IMAGE) return `record_send(row(${c}))`;
  if (type !== "bytea") return `${send}(${c})`;
  return `case when octet_length(${c}) <= ${WHOLE_IMAGE_BYTES} then ${send}(${c}) else sha256(${c}) end`;
}

/** Only a type of PostgreSQL's own is written out. */
function reference({ name, type, domain, via, send }: HashedColumn, quote: (name: string) => string): string {
  const cast = domain && send !== ANY_IMAGE && (via !== "output" || type === "numeric");
  return cast ? `r.${quote(name)}::${type}` : `r.${quote(name)}`;
}

/** A balanced tree: the depth of an expression is limited, not its length. */
function xor(parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!;
  const half = parts.length >> 1;
  return `(${xor(parts.slice(0, half))} # ${xor(parts.slice(half))})`;
}

/** Multiples of 2^64 / golden ratio: never 0, which the hash functions take for no seed. */
function seedsOf(): () => string {
  let n = 0n;
  return () => `'${BigInt.asIntN(64, 0x9e3779b97f4a7c15n * ++n)}'::pg_catalog.int8`;
}
