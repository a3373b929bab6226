// What is operated, as data: types of platforms and integrations.
import type { DataPolicy } from "../data/quality";

export interface Platform {
  name: string;
  /** `sandbox`, `staging`, `prod`, `dr`. Evidence belongs to one environment and one platform. */
  environment: string;
  summary: string;
  database: {
    adapter: "postgres";
    /** Socket directory or host name. */
    host: string;
    port: number;
    user: string;
    /** Database used for cluster-wide questions. */
    maintenance: string;
    /** The cluster's own data directory; needed only to replace it by a restored copy. */
    dataDirectory?: string;
    /** File with the password (mode 0600); absent for peer or trust over a socket. */
    passwordFile?: string;
  };
  backups: {
    /** Name of the backup engine. */
    adapter: string;
    stanza: string;
    /** Absolute path of pgbackrest.conf. */
    config: string;
    /** OS user that pgBackRest and PostgreSQL run as when we are root. */
    osUser: string;
  };
  /** Table with a row a second (or so), newest last: proves what was the last commit recovered. */
  heartbeat?: { database: string; table: string; column: string };
  /** Daily backup window, local time of the zone. */
  schedule: {
    timeZone: string;
    from: string;
    to: string /** A backup older than this is stale, hours. */;
    maxAgeHours: number;
  };
  /** Any instant of the last so many days is promised to be restorable. */
  restoreWindow: { days: number };
  targets: { /** minutes, SLA-P1 */ rto: number /** minutes */; rpo: number };
  /** Login that puts rows back (`ops data apply`); absent = rows are never written by ops. */
  repairs?: {
    /** No superuser: a member of the roles that own the tables, who may make a schema in the database. */
    user: string;
    /** File with its password (mode 0600); absent for peer or trust over a socket. */
    passwordFile?: string;
  };
  /** How its schema changes; absent = `ops migrate` is not used for it. */
  migrations?: MigrationPolicy;
  /** What must hold of its data; absent = `ops data check` is not used for it. */
  data?: DataPolicy;
  /** Names of the integrations that its data concern, which its copies must not reach; absent = every declared one. */
  integrations?: readonly string[];
  /** Where copies may be restored to. */
  copies: string;
  /** Where logical dumps are kept (`ops dump`): a directory, or a mounted bucket; absent = none are made. */
  dumps?: string;
  /** SQL that must return no row on any consistent copy. */
  invariants: readonly { name: string; database: string; sql: string }[];
}

export interface MigrationPolicy {
  /** Absolute; in the file relative to the repository. */
  directory: string;
  database: string;
  /** Role that the statements run as, so that it owns what they make; absent = the connecting user. */
  role?: string;
  /** Login that runs them: a member of the role, and no superuser; absent = `database.user`. */
  user?: string;
  /** File with its password (mode 0600); absent for peer or trust over a socket. */
  passwordFile?: string;
  /** Hours of `schedule.timeZone`, every day, in which a big table must not be locked for long. */
  businessHours: { from: string; to: string };
  /** A table of so many megabytes (10^6) or more is big. */
  bigTableMegabytes: number;
  /** Longest lock on a big table, as rehearsed, that may be taken in business hours, milliseconds. */
  longestLockMilliseconds: number;
}

export interface Integration {
  name: string;
  kind: "payment" | "e-invoice" | "sms" | "customer-service-bot" | "wechat" | "other";
  clauses: readonly string[];
  summary: string;
  /** Per environment: `https://host[:port]/…`, or `witness` in the sandbox (a listener opened while isolation is proven). */
  endpoints: Readonly<Record<string, string>>;
  owner: string;
  /** ISO date on which the credential expires, or `none` with a reason. */
  credential: { reference: string; expires: string };
  runbook: string;
}
