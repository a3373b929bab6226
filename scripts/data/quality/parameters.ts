// Values go to PostgreSQL as bound parameters only. Pure.

import { bindPlaceholders } from "../../../policies/data/placeholders";

export interface BoundSql {
  text: string;
  values: unknown[];
}

/**
 * @param types of each name; `type` is one of PostgreSQL's own, and only it is written into the SQL
 * @throws RangeError for a name without a value: declarations are checked when they are loaded
 */
export function bindNamed(
  sql: string,
  given: Readonly<Record<string, { type: string; value: unknown }>>,
): BoundSql {
  const of = (name: string): { type: string; value: unknown } => {
    const one = Object.hasOwn(given, name) ? given[name] : undefined;
    if (one === undefined) throw new RangeError(`:${name} has no value`);
    return one;
  };
  const { text, names } = bindPlaceholders(sql, (number, name) => `$${number}::pg_catalog.${of(name).type}`);
  return { text, values: names.map((name) => of(name).value) };
}
