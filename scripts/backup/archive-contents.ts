// Reads the table of contents of a pg_dump archive (`pg_restore --list --verbose`) and picks entries from it.

export interface ArchiveEntry {
  id: number;
  /** Catalog and oid of the object in the database that was dumped: `1259/16552`; the same object in two archives. */
  object: string | undefined;
  /** Kind, schema, name and owner as pg_restore prints them. */
  text: string;
  dependsOn: number[];
}

const ENTRY = /^(\d+); (\d+) (\d+) (.*)$/;
const DEPENDENCIES = /^;\s+depends on: ([\d ]+)$/;

export function parseContents(list: string): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  for (const line of list.split("\n")) {
    const [, id, catalog, oid, text] = ENTRY.exec(line) ?? [];
    const dependencies = DEPENDENCIES.exec(line)?.[1];
    if (id !== undefined) {
      const object = catalog === "0" ? undefined : `${catalog}/${oid}`;
      entries.push({ id: Number(id), object, text: text!, dependsOn: [] });
    } else if (dependencies !== undefined) {
      entries.at(-1)?.dependsOn.push(...dependencies.trim().split(" ").map(Number));
    }
  }
  return entries;
}

/**
 * What the objects of one archive need that is only in the other, whole one: types, functions, extensions, schemas.
 * pg_dump of a single table leaves them out.
 */
export function neededBy(objects: ReadonlySet<string>, whole: readonly ArchiveEntry[]): ArchiveEntry[] {
  const byId = new Map(whole.map((entry) => [entry.id, entry]));
  const own = new Set(whole.filter((entry) => entry.object !== undefined && objects.has(entry.object)));
  const needed = new Set<ArchiveEntry>();
  const follow = (entry: ArchiveEntry): void => {
    for (const next of entry.dependsOn.map((id) => byId.get(id))) {
      if (!next || needed.has(next) || own.has(next)) continue;
      needed.add(next);
      follow(next);
    }
  };
  for (const entry of own) follow(entry);
  return whole.filter((entry) => needed.has(entry));
}
