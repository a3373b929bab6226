// Objects that belong to extensions: pg_dump names the extension and leaves its members out, changed or not. Everything that can
// belong to one is listed here by kind; of a kind that is not known, by name. Names are written without oids, so that another cluster
// with the same extension has the same text. Owners and grants are not part of it: whoever makes the extension owns them, and pg_dump
// writes changed grants by itself.
import { tableParts } from "./table-definitions";

/** Overloaded functions and operators have one name: with their arguments they have each their own. */
const functions = (of: string, ...columns: string[]): string =>
  columns.map((column) => `${of}.${column}::oid::regprocedure`).join(", ");

const AGGREGATE = `
  select jsonb_build_array(a.aggkind, a.aggnumdirectargs, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.proparallel,
           ${functions("a", "aggtransfn", "aggfinalfn", "aggcombinefn", "aggserialfn", "aggdeserialfn", "aggmtransfn", "aggminvtransfn", "aggmfinalfn")},
           a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify, a.aggsortop::regoperator,
           format_type(a.aggtranstype, null), a.aggtransspace, format_type(a.aggmtranstype, null), a.aggmtransspace,
           a.agginitval, a.aggminitval)
    from pg_aggregate a where a.aggfnoid = p.oid`;

const RELATION = `
  select jsonb_build_array(c.relkind,
           case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
           (select jsonb_build_array(format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle)
              from pg_sequence s where s.seqrelid = c.oid),
           (select jsonb_agg(i.inhparent::regclass order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid),
           (select jsonb_build_array(s.srvname, t.ftoptions)
              from pg_foreign_table t join pg_foreign_server s on s.oid = t.ftserver where t.ftrelid = c.oid),
           (select jsonb_agg(pg_get_statisticsobjdef(s.oid) order by s.stxname)
              from pg_statistic_ext s where s.stxrelid = c.oid))
    from pg_class c where c.oid = d.objid`;

const TYPE = `
  select jsonb_build_array(t.typtype, t.typcategory, t.typispreferred, t.typlen, t.typalign, t.typstorage, t.typdelim, t.typnotnull,
           format_type(t.typbasetype, t.typtypmod), t.typndims, t.typcollation::regcollation, format_type(t.typelem, null),
           coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
           ${functions("t", "typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typsubscript")},
           (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
           (select jsonb_agg(jsonb_build_array(k.conname, pg_get_constraintdef(k.oid)) order by k.conname)
              from pg_constraint k where k.contypid = t.oid),
           (select jsonb_build_array(format_type(r.rngsubtype, null), r.rngcollation::regcollation,
                     (pg_identify_object('pg_opclass'::regclass, r.rngsubopc, 0)).identity,
                     ${functions("r", "rngcanonical", "rngsubdiff")})
              from pg_range r where r.rngtypid = t.oid))
    from pg_type t where t.oid = d.objid`;

const OPERATOR_FAMILY = `
  select jsonb_build_array(
    (select jsonb_agg(jsonb_build_array(format_type(o.amoplefttype, null), format_type(o.amoprighttype, null), o.amopstrategy,
                        o.amoppurpose, o.amopopr::regoperator, (pg_identify_object('pg_opfamily'::regclass, o.amopsortfamily, 0)).identity)
                      order by o.amopopr::regoperator::text collate "C", o.amopstrategy, o.amoppurpose)
       from pg_amop o where o.amopfamily = d.objid),
    (select jsonb_agg(jsonb_build_array(format_type(p.amproclefttype, null), format_type(p.amprocrighttype, null), p.amprocnum,
                        p.amproc::oid::regprocedure)
                      order by format_type(p.amproclefttype, null) collate "C", format_type(p.amprocrighttype, null) collate "C", p.amprocnum)
       from pg_amproc p where p.amprocfamily = d.objid))`;

const TEXT_SEARCH = `
  select jsonb_build_array((pg_identify_object('pg_ts_parser'::regclass, c.cfgparser, 0)).identity,
           (select jsonb_agg(jsonb_build_array(m.maptokentype, (pg_identify_object('pg_ts_dict'::regclass, m.mapdict, 0)).identity)
                             order by m.maptokentype, m.mapseqno) from pg_ts_config_map m where m.mapcfg = c.oid))
    from pg_ts_config c where c.oid = d.objid`;

/** Catalogue → query of the definition of its object `d.objid`. */
const KINDS: Readonly<Record<string, string>> = {
  pg_proc: `select case p.prokind when 'a' then (${AGGREGATE}) else to_jsonb(pg_get_functiondef(p.oid)) end from pg_proc p where p.oid = d.objid`,
  pg_class: RELATION,
  pg_type: TYPE,
  pg_operator: `select jsonb_build_array(${functions("o", "oprcode", "oprrest", "oprjoin")}, o.oprcom::regoperator,
    o.oprnegate::regoperator, o.oprcanmerge, o.oprcanhash) from pg_operator o where o.oid = d.objid`,
  pg_opclass: `select jsonb_build_array((pg_identify_object('pg_opfamily'::regclass, o.opcfamily, 0)).identity,
    format_type(o.opcintype, null), o.opcdefault, format_type(o.opckeytype, null)) from pg_opclass o where o.oid = d.objid`,
  pg_opfamily: OPERATOR_FAMILY,
  pg_cast: `select jsonb_build_array(${functions("c", "castfunc")}, c.castcontext, c.castmethod) from pg_cast c where c.oid = d.objid`,
  pg_transform: `select jsonb_build_array(${functions("t", "trffromsql", "trftosql")}) from pg_transform t where t.oid = d.objid`,
  pg_language: `select jsonb_build_array(l.lanpltrusted, ${functions("l", "lanplcallfoid", "laninline", "lanvalidator")})
    from pg_language l where l.oid = d.objid`,
  pg_am: `select jsonb_build_array(a.amtype, ${functions("a", "amhandler")}) from pg_am a where a.oid = d.objid`,
  pg_event_trigger: `select jsonb_build_array(e.evtevent, ${functions("e", "evtfoid")}, e.evtenabled, e.evttags)
    from pg_event_trigger e where e.oid = d.objid`,
  pg_foreign_data_wrapper: `select jsonb_build_array(${functions("f", "fdwhandler", "fdwvalidator")}, f.fdwoptions)
    from pg_foreign_data_wrapper f where f.oid = d.objid`,
  pg_foreign_server: `select jsonb_build_array(f.fdwname, s.srvtype, s.srvversion, s.srvoptions)
    from pg_foreign_server s join pg_foreign_data_wrapper f on f.oid = s.srvfdw where s.oid = d.objid`,
  // What the row has beside who and where; the version of a collation belongs to the machine.
  pg_collation:
    "select to_jsonb(c) - array['oid', 'collnamespace', 'collowner', 'collversion'] from pg_collation c where c.oid = d.objid",
  pg_conversion:
    "select to_jsonb(c) - array['oid', 'connamespace', 'conowner'] from pg_conversion c where c.oid = d.objid",
  pg_ts_parser: "select to_jsonb(p) - array['oid', 'prsnamespace'] from pg_ts_parser p where p.oid = d.objid",
  pg_ts_template:
    "select to_jsonb(t) - array['oid', 'tmplnamespace'] from pg_ts_template t where t.oid = d.objid",
  pg_ts_dict: `select jsonb_build_array((pg_identify_object('pg_ts_template'::regclass, t.dicttemplate, 0)).identity, t.dictinitoption)
    from pg_ts_dict t where t.oid = d.objid`,
  pg_ts_config: TEXT_SEARCH,
};

const DEFINITION = Object.entries(KINDS)
  .map(([catalogue, query]) => `when 'pg_catalog.${catalogue}'::regclass then (${query})`)
  .join("\n");

/** Members themselves, and what member tables and row types are made of. */
export const LIST_EXTENSION_MEMBERS = `
  with members as (
    select d.classid, d.objid, e.extname, (pg_identify_object(d.classid, d.objid, 0)).type || ' ' ||
           (pg_identify_object(d.classid, d.objid, 0)).identity as name
      from pg_depend d join pg_extension e on e.oid = d.refobjid
     where d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass
  ), wanted as (
    select c.oid, format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.oid in (select objid from members where classid = 'pg_class'::regclass)
        or c.relkind = 'c' and c.reltype in (select objid from members where classid = 'pg_type'::regclass)
  )
  select 'EXTENSION MEMBER ' || name as name, definition::text from (
    select d.name, jsonb_build_array(d.extname, case d.classid ${DEFINITION} end) as definition from members d
    union all ${tableParts()}
  ) as everything order by 1`;
