// The schema of a database as digests of its objects, from what `pg_dump --schema-only` lists in its archive. Pure.
// pg_dump knows every kind of object, owner, grant, comment and trigger state; a list of our own would be shorter than its.
import { createHash, type Hash } from "node:crypto";
import { readToc } from "./dump-toc";

/** Object (`TABLE learning.orders`) → sha256 of its definition. Several definitions under one name are joined. */
export type SchemaDigest = Readonly<Record<string, string>>;

/** @throws RangeError when it is no archive of pg_dump, or cut short */
export function digestSchema(archive: Buffer): SchemaDigest {
  const objects = new Map<string, Hash>();
  for (const { type, schema, name, owner, tablespace, accessMethod, definition } of readToc(archive)) {
    const key = `${type} ${schema === "" ? "" : `${schema}.`}${name}`;
    const known = objects.get(key);
    const hash = (known ?? createHash("sha256")).update(known ? "," : "[");
    objects.set(key, hash.update(JSON.stringify([owner, tablespace, accessMethod, definition])));
  }
  return Object.fromEntries([...objects].map(([name, hash]) => [name, hash.update("]").digest("hex")]));
}

/** Names of objects that were dropped, added or changed, each as one sentence. */
export function compareDigests(expected: SchemaDigest, found: SchemaDigest): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const [want, have] = [expected[name], found[name]];
    if (want === have) return [];
    if (have === undefined) return [`${name}: missing`];
    if (want === undefined) return [`${name}: not there at the checkpoint`];
    return [`${name}: changed`];
  });
}
