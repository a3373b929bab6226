// Rows that a CHECK constraint forbids: of NOT VALID ones nobody has looked at the old rows, and a catalogue may be damaged or patched.
//
// The expression is its owner's. It is run only where all that it calls is immutable and PostgreSQL's own (or a superuser's): what is
// immutable has no effect, and runs no SQL that was given to it as text, as some built-in functions do.
import { KEY_OF_C, keysOf, OF_USERS, type Planner, type Probe, rowsOf, shownTable } from "./probe";

interface CheckConstraint extends Record<string, unknown> {
  constraint: string;
  schema: string;
  name: string;
  key: string[] | null;
  expression: string;
  validated: boolean;
  /** Kinds of nodes of the expression. */
  nodes: string[];
  foreign: boolean;
  /** A conversion through text into a type of theirs, whose constraints would be checked. */
  converts: boolean;
}

/** As PostgreSQL 15 to 18 print them. Everything else (a domain's constraints, XML, a subquery) is left alone. */
const NODES: ReadonlySet<string> = new Set([
  ..."VAR CONST FUNCEXPR OPEXPR DISTINCTEXPR NULLIFEXPR SCALARARRAYOPEXPR BOOLEXPR NULLTEST BOOLEANTEST".split(
    " ",
  ),
  ..."RELABELTYPE ARRAYCOERCEEXPR COERCEVIAIO ARRAY ARRAYEXPR COALESCE COALESCEEXPR".split(" "),
  ..."CASE CASEEXPR WHEN CASEWHEN CASETESTEXPR".split(" "),
]);

const LIST = `
  select k.conname::text as constraint, n.nspname::text as schema, c.relname::text as name, pk.key,
         pg_get_expr(k.conbin, k.conrelid) as expression, k.convalidated as validated,
         array(select distinct m[1] from regexp_matches(k.conbin::text, '\\{([A-Z_]+)', 'g') as m) as nodes,
         exists (select from regexp_matches(k.conbin::text, ':(funcid|opno) (\\d+)', 'g') as m
                  left join pg_operator o on m[1] = 'opno' and o.oid = m[2]::oid
                  left join pg_proc f on f.oid = case m[1] when 'opno' then o.oprcode else m[2]::oid end
                 where f.oid is null or f.provolatile <> 'i' or f.prolang not in (12, 13)) as foreign,
         exists (select from regexp_matches(k.conbin::text, '\\{COERCEVIAIO.*?:resulttype (\\d+)', 'g') as m
                  where m[1]::int8 >= 16384) as converts
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    ${KEY_OF_C}
   where k.contype = 'c' and c.relkind = 'r' and ${OF_USERS} order by 2, 3, 1`;

export const checkConstraints: Planner = async (catalogue) =>
  (await catalogue.query<CheckConstraint>(LIST)).flatMap((found): Probe[] => {
    const { constraint, key, expression, validated, nodes, foreign, converts } = found;
    const object = `${shownTable(found)} (${constraint})`;
    if (foreign || converts || nodes.some((node) => !NODES.has(node))) {
      // What PostgreSQL has checked row by row it has checked with the owner's rights.
      const why = "its expression may call functions that would run with our rights";
      return validated ? [] : [{ object, unable: why }];
    }
    // Columns of the expression are written without a table: there is only this one.
    const { columns, keys } = keysOf(key, "checked");
    const sql = `select ${columns} from ${rowsOf(found, "r")} as checked where not (${expression})`;
    return [{ object, sql, keys }];
  });
