// Runs pgBackRest for one stanza, outside any container. Exit codes are judged by the callers: `verify` on a damaged
// repository and a backup with page errors both exit 0 (measured, see ARCHITECTURE).
import type { Platform } from "../../../../policies/service/service";
import { OpsError } from "../../../core/errors";
import type { Host, RunOptions, RunResult } from "../../../machine/port";
import { type Repository, repositories } from "./config";
import { type ListedFile, logged, parseListing } from "./info";

const QUESTION_TIMEOUT_SECONDS = 120;

/** Limit of what reads or writes the whole repository. */
export const BACKUP_TIMEOUT_SECONDS = 6 * 3600;

/** `… command must be run on the repository host`: not a fault, but a question of where. */
const WRONG_HOST = 72;

/**
 * PGOPTIONS of the sessions that it opens on this machine. What an operator set for a role is meant for applications; the engine's
 * sessions wait for a checkpoint, and stay open for as long as files are copied.
 */
const SESSION_OPTIONS = [
  "statement_timeout=0",
  "lock_timeout=0",
  "idle_in_transaction_session_timeout=0",
  "idle_session_timeout=0",
  "default_transaction_read_only=off",
  "default_transaction_isolation=read\\ committed",
  "role=none",
]
  .map((setting) => `-c ${setting}`)
  .join(" ");

export class PgBackRest {
  readonly stanza: string;
  /** OS user that it runs as. */
  readonly user: string;
  private readonly config: string;

  constructor(
    readonly host: Host,
    { backups }: Pick<Platform, "backups">,
  ) {
    this.stanza = backups.stanza;
    this.user = backups.osUser;
    this.config = backups.config;
  }

  /** @throws OpsError config */
  async readConfig(): Promise<string> {
    return this.host.readText(this.config).catch((cause: unknown) => {
      throw new OpsError("config", `${this.config} cannot be read`, {
        expected: "pgBackRest's configuration, readable for whoever runs ops",
        todo: "for the sandbox: `ops sandbox up`; otherwise check `backups.config` in the platform file, and the file's owner and mode",
        cause,
      });
    });
  }

  /** All that the stanza has, used or not. @throws OpsError config */
  async repositories(): Promise<Repository[]> {
    return repositories(await this.readConfig(), this.stanza);
  }

  /** Of several repositories the first is used, as `pgbackrest backup` does; mixing their answers would prove nothing. */
  async repository(): Promise<Repository> {
    return (await this.repositories())[0]!;
  }

  /** @throws OpsError unavailable */
  async localDirectory(): Promise<string> {
    const { directory, endpoint } = await this.repository();
    if (directory !== undefined) return directory;
    throw new OpsError("unavailable", `the repository that ${this.config} names is at ${endpoint?.host}`, {
      expected: "a directory of this machine",
      todo: "run this where the repository is",
    });
  }

  /** Options that every command is given. */
  async options(): Promise<string[]> {
    return [
      `--config=${this.config}`,
      `--stanza=${this.stanza}`,
      `--repo=${(await this.repository()).number}`,
      "--no-log-timestamp",
    ];
  }

  /** Runs one command, whatever it ends with. */
  async attempt(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.host.run(await this.host.program("pgbackrest"), [...(await this.options()), ...command], {
      user: this.user,
      timeoutSeconds: QUESTION_TIMEOUT_SECONDS,
      ...options,
      env: { PGOPTIONS: SESSION_OPTIONS, ...options.env },
    });
  }

  /** Runs one command that has to succeed. @throws OpsError unavailable */
  async ask(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const result = await this.attempt(command, options);
    if (result.exitCode !== 0) throw failure(command[0] ?? "", result);
    return result;
  }

  /** What the repository holds of the stanza, as JSON. @throws OpsError unavailable */
  async info(): Promise<string> {
    return (await this.ask(["info", "--output=json", "--log-level-console=error"])).stdout;
  }

  /** Files below a directory of the repository. @throws OpsError unavailable */
  async listing(directory: string): Promise<Map<string, ListedFile>> {
    const list = ["repo-ls", directory, "--recurse", "--output=json", "--log-level-console=error"];
    return parseListing((await this.ask(list)).stdout);
  }

  /** A small file of the repository, decrypted. @throws OpsError unavailable */
  async text(name: string): Promise<string> {
    return (await this.ask(["repo-get", name, "--log-level-console=error"])).stdout;
  }
}

/** pgBackRest's exit code and the first error line it printed; never its configuration, which may hold a cipher. */
export function failure(command: string, result: RunResult): OpsError {
  if (result.exitCode === WRONG_HOST) {
    return new OpsError("unavailable", `pgBackRest runs ${command} on the repository host only`, {
      expected: "to be asked there, where the repository is a directory",
      todo: "run the job there, with a platform file of the same name and the same evidence",
    });
  }
  const errors = logged("ERROR", `${result.stdout}\n${result.stderr}`);
  const how = result.signal ? `was killed by ${result.signal}` : `exited ${result.exitCode}`;
  const why = errors.join("; ").slice(0, 600) || result.stderr.trim().slice(0, 300) || "no message";
  return new OpsError("unavailable", `pgbackrest ${command} ${how}: ${why}`, {
    expected: "exit 0",
    todo: "read the message, then look at `pgbackrest info` and the repository's file permissions",
  });
}
