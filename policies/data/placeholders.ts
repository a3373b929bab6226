// Named parameters in SQL, `:name`: found where SQL would take them for something of its own, and nowhere else. Pure.

/** What SQL lets no parameter stand in: strings, quoted names, dollar quotes, comments; and the colons of casts and slices. */
const OPAQUE =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|::|:=|(?<![:\w]):([a-z][a-z0-9_]*)/g;

export interface Bound {
  /** With `$1`, `$2` … */
  text: string;
  /** Of each number, the name that stood there. */
  names: string[];
}

/** @param written how the parameter with this number and name is written; the same name has the same number */
export function bindPlaceholders(
  sql: string,
  written: (number: number, name: string) => string = (number) => `$${number}`,
): Bound {
  const names: string[] = [];
  const text = sql.replace(OPAQUE, (found, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined) return found;
    if (!names.includes(name)) names.push(name);
    return written(names.indexOf(name) + 1, name);
  });
  return { text, names };
}
