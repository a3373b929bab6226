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

/**
 * Roles with their attributes, memberships, settings and a digest of the password verifier, as one line each.
 * The verifier itself never leaves the server.
 */
export const LIST_ROLES = `
  select r.rolname as name,
         concat_ws(' ',
           'super=' || r.rolsuper, 'inherit=' || r.rolinherit, 'createrole=' || r.rolcreaterole,
           'createdb=' || r.rolcreatedb, 'login=' || r.rolcanlogin, 'replication=' || r.rolreplication,
           'bypassrls=' || r.rolbypassrls, 'limit=' || r.rolconnlimit, 'until=' || coalesce(r.rolvaliduntil::text, ''),
           'password=' || coalesce(encode(sha256(convert_to(r.rolpassword, 'UTF8')), 'hex'), ''),
           'member=' || coalesce((select string_agg(g.rolname || case when m.admin_option then '*' else '' end, ','
                                         order by g.rolname)
                                    from pg_auth_members m join pg_roles g on g.oid = m.roleid
                                   where m.member = r.oid), ''),
           'settings=' || coalesce((select string_agg(coalesce(d.datname, '*') || ':' || array_to_string(s.setconfig, '|'), ','
                                           order by d.datname nulls first)
                                      from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase
                                     where s.setrole = r.oid), '')) as definition
    from pg_authid r where r.rolname !~ '^pg_' order by 1`;

/** The same for managed servers, where pg_authid cannot be read: everything but passwords. */
export const LIST_ROLES_MANAGED = LIST_ROLES.replace("from pg_authid r", "from pg_roles r").replace(
  "'password=' || coalesce(encode(sha256(convert_to(r.rolpassword, 'UTF8')), 'hex'), ''),",
  "",
);

/**
 * Functions and views that belong to extensions: pg_dump names the extension and leaves its members out, changed or not. Owners and
 * grants are not part of it: whoever makes the extension owns them, and pg_dump writes changed grants by itself.
 */
export const LIST_EXTENSION_MEMBERS = `
  select 'EXTENSION MEMBER ' || (pg_identify_object(d.classid, d.objid, 0)).identity as name,
         case when d.classid = 'pg_class'::regclass then pg_get_viewdef(d.objid)
              else (select concat_ws(' ', p.prosrc, p.probin, p.prolang, p.provolatile, p.prosecdef, p.proisstrict,
                                     p.proleakproof, p.proparallel, p.proconfig::text)
                      from pg_proc p where p.oid = d.objid) end as definition
    from pg_depend d
   where d.deptype = 'e' and (d.classid = 'pg_proc'::regclass
      or d.classid = 'pg_class'::regclass and exists (select from pg_class c where c.oid = d.objid and c.relkind = 'v'))
   order by 1`;

/** Shared objects that pg_dump of one database leaves out; nothing here is a secret. */
export const LIST_GLOBALS = `
  select 'tablespace ' || spcname as name,
         concat_ws(' ', pg_get_userbyid(spcowner), spcoptions::text, spcacl::text) as definition
    from pg_tablespace
  union all
  select 'comment on ' || (pg_identify_object(d.classoid, d.objoid, 0)).type || ' ' ||
         (pg_identify_object(d.classoid, d.objoid, 0)).identity, d.description
    from pg_shdescription d
  union all
  select 'security label on ' || (pg_identify_object(l.classoid, l.objoid, 0)).type || ' ' ||
         (pg_identify_object(l.classoid, l.objoid, 0)).identity || ' by ' || l.provider, l.label
    from pg_shseclabel l
   order by 1`;

/** PostgreSQL 15 and later. */
export const LIST_PARAMETERS = `
  select 'grants on parameter ' || parname as name, paracl::text as definition from pg_parameter_acl order by 1`;
