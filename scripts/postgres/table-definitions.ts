// What makes up a table, as a server writes it, for tables of which pg_dump says nothing or only a part is of interest. Only built-in
// functions that print; nothing is planned or evaluated. Definitions are JSON: none can be the text of another.

/**
 * Rows of `name` and `definition` for a statement that begins with `with wanted(oid, name) as (…)`.
 * @param constraint condition on `pg_constraint k`
 */
export const tableParts = (constraint = "true"): string => `
  select format('column %s.%I', w.name, a.attname) as name,
         jsonb_build_array(format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                           pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation, a.attstorage, a.attcompression,
                           a.attstattarget, a.attoptions, a.attfdwoptions) as definition
    from wanted w join pg_attribute a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = w.oid and d.adnum = a.attnum
  union all
  select format('constraint %I of %s', k.conname, w.name), to_jsonb(pg_get_constraintdef(k.oid))
    from wanted w join pg_constraint k on k.conrelid = w.oid where ${constraint}
  union all
  select format('index %I of %s', i.relname, w.name),
         jsonb_build_array(pg_get_indexdef(i.oid), x.indisclustered, x.indisreplident)
    from wanted w join pg_index x on x.indrelid = w.oid join pg_class i on i.oid = x.indexrelid where x.indisvalid
  union all
  select format('trigger %I of %s', t.tgname, w.name), jsonb_build_array(pg_get_triggerdef(t.oid), t.tgenabled)
    from wanted w join pg_trigger t on t.tgrelid = w.oid where not t.tgisinternal
  union all
  select format('rule %I of %s', r.rulename, w.name), jsonb_build_array(pg_get_ruledef(r.oid), r.ev_enabled)
    from wanted w join pg_rewrite r on r.ev_class = w.oid where r.rulename <> '_RETURN'
  union all
  select format('policy %I of %s', p.polname, w.name),
         jsonb_build_array(p.polcmd, p.polpermissive,
                           (select jsonb_agg(case role when 0 then 'public' else pg_get_userbyid(role) end order by pg_get_userbyid(role))
                              from unnest(p.polroles) as role),
                           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    from wanted w join pg_policy p on p.polrelid = w.oid
  union all
  select format('storage of %s', w.name),
         jsonb_build_array(c.relkind, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), c.relrowsecurity,
                           c.relforcerowsecurity, c.relpersistence, c.reloptions, c.relreplident, m.amname)
    from wanted w join pg_class c on c.oid = w.oid left join pg_am m on m.oid = c.relam`;
