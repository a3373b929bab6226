// What a cluster has beside its databases, as statements that list name and definition. A definition is one JSON value: whatever a
// role calls itself or sets, no two different definitions are the same text.

/** How definitions are written; checkpoints of earlier versions, which joined texts without quoting them, name nothing. */
export const SHARED_BY = "json";

/**
 * Roles with everything that the catalogues say of them: attributes, memberships with their options and who granted them, settings,
 * and a digest of the password verifier. The verifier itself never leaves the server. Columns are taken as the server has them, so
 * that what a later version adds is compared as well. Oids are left out: they name nothing that is not named besides.
 *
 * @param passwords false where pg_authid cannot be read, as on managed servers: everything but passwords
 */
export const listRoles = (passwords: boolean): string => `
  select r.rolname::text as name,
         (to_jsonb(r) - array['oid', 'rolpassword', 'rolconfig'] || jsonb_build_object(
           'password', ${passwords ? "encode(sha256(convert_to(r.rolpassword, 'UTF8')), 'hex')" : "null"},
           'memberships', (select jsonb_agg(to_jsonb(m) - array['oid', 'roleid', 'member', 'grantor'] ||
                                            jsonb_build_object('role', g.rolname, 'by', o.rolname) order by g.rolname, o.rolname)
                             from pg_auth_members m join pg_roles g on g.oid = m.roleid
                             left join pg_roles o on o.oid = m.grantor where m.member = r.oid),
           'settings', (select jsonb_agg(jsonb_build_array(d.datname, s.setconfig) order by d.datname nulls first)
                          from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase
                         where s.setrole = r.oid)))::text as definition
    from ${passwords ? "pg_authid" : "pg_roles"} r order by 1`;

/** Shared objects that pg_dump of one database leaves out; nothing here is a secret. */
export const LIST_GLOBALS = `
  select 'tablespace ' || spcname as name,
         jsonb_build_array(pg_get_userbyid(spcowner), spcoptions, spcacl)::text as definition
    from pg_tablespace
  union all
  select 'settings of every role', to_jsonb(setconfig)::text
    from pg_db_role_setting where setrole = 0 and setdatabase = 0
  union all
  select 'comment on ' || (pg_identify_object(d.classoid, d.objoid, 0)).type || ' ' ||
         (pg_identify_object(d.classoid, d.objoid, 0)).identity, to_jsonb(d.description)::text
    from pg_shdescription d
  union all
  select 'security label on ' || (pg_identify_object(l.classoid, l.objoid, 0)).type || ' ' ||
         (pg_identify_object(l.classoid, l.objoid, 0)).identity || ' by ' || l.provider, to_jsonb(l.label)::text
    from pg_shseclabel l
   order by 1`;

/** PostgreSQL 15 and later. */
export const LIST_PARAMETERS = `
  select 'grants on parameter ' || parname as name, to_jsonb(paracl)::text as definition from pg_parameter_acl order by 1`;
