// PostgreSQL: the source, and servers started on restored data.
import type { Platform } from "../../policies/service/service";
import type { Container } from "../isolation/port";
import type { TableName } from "./fingerprint";
import type { LsnTarget, RecoveryTarget, TransactionTarget } from "./recovery-target";

export type Row = Record<string, unknown>;

/** One connection. Settings that change how values are printed or hashed are fixed by the adapter. */
export interface Session {
  /** The server's process that serves it. */
  readonly pid: number;
  query<T extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** Runs a `copy … to stdout`; gives out what comes, cut anywhere. */
  copyOut(sql: string, onChunk: (chunk: Buffer) => void): Promise<void>;
  close(): Promise<void>;
}

export interface DumpOptions {
  /** An exported snapshot of this database: what it sees is dumped. */
  snapshot?: string | undefined;
  /** `application_name` of its sessions, by which the server knows whose they are. Default pg_dump's own. */
  name?: string;
  signal?: AbortSignal;
}

/** Archives of pg_dump's custom format, on the server's own side: only names pass through this process. */
export interface Archives {
  /**
   * Dumps a database, or only these tables and sequences of it, into a file; one that exists keeps its mode.
   * @throws OpsError unavailable
   */
  dumpArchive(
    database: string,
    file: string,
    options?: {
      only?: readonly TableName[];
      schemaOnly?: boolean;
    } & DumpOptions,
  ): Promise<void>;
  /**
   * Loads entries of an archive, by id; without ids all but subscriptions, which would act on other servers. Definitions and data come whole or not at all; of the rest each by itself.
   * @returns what the server refused of the rest, in its words. @throws OpsError fail, inconclusive when a copy took too long
   */
  loadArchive(
    database: string,
    file: string,
    options: {
      entries?: readonly number[];
      part: "definitions and data" | "constraints and indexes";
      /** False puts everything into the database's own tablespace. Default true. */
      tablespaces?: boolean;
      signal?: AbortSignal;
    },
  ): Promise<string[]>;
  /**
   * Runs a script by psql, as people would, to its end. @param file on the server's own side
   * @returns what the server refused. @throws OpsError fail when psql itself gave up
   */
  runScript(database: string, file: string, signal?: AbortSignal): Promise<Refusal[]>;
}

/** What a server refused of a script, with its SQLSTATE. */
export interface Refusal {
  code: string;
  message: string;
}

/** A server that can be connected to: the source, or a restored copy. */
export interface Database extends Archives {
  /** Socket directory or host, and port: shown to people, and given to PostgreSQL's own programs. */
  readonly address: { host: string; port: number };
  /** The role that all sessions and programs connect as. @throws OpsError unavailable where a copy has to be asked for it */
  user(): Promise<string>;
  /** Name of the database used for cluster-wide questions. */
  readonly maintenance: string;
  /** The server's major version, which every program of PostgreSQL that works on it must have. @throws OpsError unavailable */
  major(): Promise<number>;
  /** Refuses before any work what would be found out in the middle of it. @throws OpsError unavailable, missing */
  requirePrograms(): Promise<void>;
  /** @throws OpsError unavailable */
  session(database: string): Promise<Session>;
  /** One query on a fresh connection. */
  query<T extends Row = Row>(database: string, sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** `pg_dump --schema-only` of one database as an archive; for `digestSchema`. */
  dumpSchema(database: string, options?: DumpOptions): Promise<Buffer>;
  /**
   * `pg_dumpall --roles-only` as a script for psql, without passwords: a dump is kept where no secret belongs. As bytes: a role may
   * have been named, or have set something, in another encoding than the one that the script is said to be in.
   */
  dumpRoles(): Promise<Buffer>;
}

export interface ServerRequest {
  container: Container;
  dataDirectory: string;
  /** Short path: the socket's whole name must stay under 107 bytes. */
  socketDirectory: string;
  logFile: string;
  /** OS user that owns the files. */
  osUser: string;
  /**
   * Roles of which one exists there, with whatever rights: it is asked for a superuser, as whom everything is done. And a
   * database to ask cluster-wide questions in.
   */
  login: { known: readonly string[]; maintenance: string };
  /** Where recovery stops and what it does there; may be moved forward between two starts of the same directory. */
  recovery: {
    target: RecoveryTarget | TransactionTarget | LsnTarget;
    action: "pause" | "promote";
    timeline: number | "latest";
  };
  /** Directory that recovery copies WAL from. Default: it gets none but what is in the data directory. */
  walDirectory?: string | undefined;
  /** Event triggers of the source fire, as they would there. Default false where PostgreSQL can switch them off (17). */
  eventTriggers?: boolean;
  /** Extra settings, over those that the adapter always gives; the source's own play no part. */
  settings?: Readonly<Record<string, string>>;
}

/** PostgreSQL started on a restored data directory, inside a container. */
export interface RestoredServer {
  readonly database: Database;
  /** The same server, connected to as another role. */
  as(user: string): Database;
  running(): boolean;
  /** FATAL and PANIC lines said since this start; complete once it no longer runs. */
  fatal(): string[];
  /** Settings that WAL demands higher than they are, by the server's own log; it then pauses by itself, or gives up. */
  tooLow(): { setting: string; is: number; needed: number }[];
  /** Whether it has said since this start that it takes connections, while it recovered or afterwards. */
  takesConnections(): boolean;
  /** Whether it has said since this start that it could be read while it recovered. */
  wasReadable(): boolean;
  /** The line in which PostgreSQL says where recovery stopped, once it has. */
  recoveryStop(): Promise<string | undefined>;
  stop(mode: "fast" | "immediate"): Promise<void>;
}

export interface Servers {
  /**
   * @param use what for: whoever only reads fires no event triggers, those on login among them, where PostgreSQL lets the role
   * switch them off (17, superusers), and no statement of his lasts longer than 4 h. The first session goes to the maintenance
   * database, and does not know the version yet. Default `read`
   */
  source(platform: Platform, use?: "read" | "change"): Database;
  /** `pg_restore --list --verbose` of an archive, read in the container that it comes from. @throws OpsError fail */
  archiveContents(container: Container, file: string): Promise<string>;
  /** Makes an empty cluster of a major version, owned by whom the container runs as. @throws OpsError fail, missing */
  initialise(container: Container, dataDirectory: string, superuser: string, major: number): Promise<void>;
  /**
   * Starts and returns as soon as the postmaster runs; recovery may still be going on. Settings of the source's that lie in the
   * data directory are set aside first. @throws OpsError fail, missing (no program of the cluster's version)
   */
  start(request: ServerRequest): Promise<RestoredServer>;
  /**
   * Puts them back into a stopped copy that is handed over, with one line of ours: it must not archive. @throws OpsError fail
   */
  giveBack(container: Container, dataDirectory: string): Promise<void>;
  /** `pg_checksums --check` on a stopped data directory. */
  checksums(
    container: Container,
    dataDirectory: string,
  ): Promise<{ enabled: boolean; bad: number; blocks: number; detail: string }>;
  /** `pg_amcheck` on a running copy, which is left as it was. @throws OpsError missing, unavailable */
  amcheck(container: Container, server: RestoredServer, databases: readonly string[]): Promise<Amchecked>;
}

/** What `pg_amcheck` said, a text for each object. */
export interface Amchecked {
  /** Damage. */
  problems: string[];
  /** What it could not look at, and why: nobody knows whether that is sound. */
  unable: string[];
  detail: string;
}

export interface PostgresTools {
  servers: Servers;
}
