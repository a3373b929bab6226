// What pgbackrest.conf says of repositories: where they are, who must be asked for them. Only the options
// named here are read out of it; passphrases and keys never leave this file, and no error repeats a line.
import { OpsError } from "../../../core/errors";

export interface Repository {
  /** 1 for `repo1-…`. */
  number: number;
  /** Directory on this machine; undefined when the repository is somewhere else. */
  directory: string | undefined;
  /** Where it is reached over TCP; undefined when it is on this machine. */
  endpoint: { host: string; port: number } | undefined;
  /** True when another machine's pgBackRest serves it, false when it is reached without one. */
  served: boolean;
}

type Option = (name: string) => string | undefined;

/** pgBackRest's own defaults, from `pgbackrest help restore <option>` (2.45). */
const DEFAULT_DIRECTORY = "/var/lib/pgbackrest";
const HOST_PORTS: Readonly<Record<string, number>> = { ssh: 22, tls: 8432 };
const STORAGE_PORT = 443;
const STORAGE_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": STORAGE_PORT };

/** Kinds of storage reached over a network: the address that the options name, with the bucket where it is part of it. */
const STORAGE: Readonly<Record<string, (option: Option) => string | undefined>> = {
  s3: (option) => inHost(option, "s3-uri-style", option("s3-bucket"), option("s3-endpoint")),
  azure: (option) =>
    inHost(
      option,
      "azure-uri-style",
      option("azure-account"),
      option("azure-endpoint") ?? "blob.core.windows.net",
    ),
  gcs: (option) => option("gcs-endpoint") ?? "storage.googleapis.com",
  sftp: (option) => option("sftp-host") && `sftp://${option("sftp-host")}:${option("sftp-host-port") ?? 22}`,
};

/** A mounted file system: to us a directory like any other. */
const MOUNTED: readonly string[] = ["posix", "cifs"];

/**
 * Every repository that a stanza has, by number. Includes (`conf.d`) are not read: pgBackRest reads none either when it is
 * given `--config`, which it always is.
 * @param command of pgBackRest whose own sections count too, e.g. `[global:restore]`
 * @throws OpsError config
 */
export function repositories(text: string, stanza: string, command = "restore"): Repository[] {
  const options = optionsOf(text, stanza, command);
  const numbers = new Set<number>();
  for (const key of options.keys()) {
    const match = /^repo(\d+)-/.exec(key);
    if (match) numbers.add(Number(match[1]));
  }
  // Without any, pgBackRest uses the first with its default directory.
  if (numbers.size === 0) numbers.add(1);
  return [...numbers].sort((a, b) => a - b).map((number) => repository(number, options));
}

function repository(number: number, options: ReadonlyMap<string, string>): Repository {
  const option: Option = (name) => options.get(`repo${number}-${name}`);
  const host = option("host");
  if (host !== undefined) {
    const kind = option("host-type") ?? "ssh";
    const port = portOf(number, option("host-port") ?? HOST_PORTS[kind]);
    return { number, directory: undefined, endpoint: { host, port }, served: true };
  }
  const type = option("type") ?? "posix";
  if (MOUNTED.includes(type)) {
    const directory = option("path") ?? DEFAULT_DIRECTORY;
    return { number, directory, endpoint: undefined, served: false };
  }
  return { number, directory: undefined, endpoint: storageEndpoint(number, type, option), served: false };
}

function storageEndpoint(number: number, type: string, option: Option): { host: string; port: number } {
  const address = STORAGE[type]?.(option);
  if (address === undefined)
    throw unknownPlace(number, "a type of storage without an address that ops knows");
  const written = /^\w+:\/\//.test(address) ? address : `https://${address}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (!url) throw unknownPlace(number, "an endpoint that is no address");
  const host = option("storage-host") ?? url.hostname.replace(/^\[|\]$/g, "");
  const port = option("storage-port") ?? (url.port || (STORAGE_PORTS[url.protocol] ?? STORAGE_PORT));
  return { host, port: portOf(number, port) };
}

/** In pgBackRest's default style the bucket or account is the first label of the host. */
function inHost(
  option: Option,
  style: string,
  label: string | undefined,
  endpoint: string | undefined,
): string | undefined {
  if (endpoint === undefined || label === undefined || (option(style) ?? "host") !== "host") return endpoint;
  const scheme = /^\w+:\/\//.exec(endpoint)?.[0] ?? "";
  return `${scheme}${label}.${endpoint.slice(scheme.length)}`;
}

function portOf(number: number, port: string | number | undefined): number {
  const value = Number(port);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw unknownPlace(number, "a port that is none");
  return value;
}

function unknownPlace(number: number, found: string): OpsError {
  return new OpsError("config", `pgbackrest.conf: repo${number} has ${found}`, {
    expected: "a repository whose location is known; otherwise nothing can be proven about it",
    todo: `correct the repo${number}-… options; \`pgbackrest help restore repo-type\` lists the types`,
  });
}

/**
 * The options that count for a command, from the most specific section that has them. Of an option that is not wanted only
 * the name is kept: it shows that the repository exists.
 */
function optionsOf(text: string, stanza: string, command: string): Map<string, string> {
  const order = [`${stanza}:${command}`, stanza, `global:${command}`, "global"];
  const found = new Map<string, { value: string; rank: number }>();
  let rank = -1;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[") && line.endsWith("]")) {
      rank = order.indexOf(line.slice(1, -1));
      continue;
    }
    const equals = line.indexOf("=");
    if (equals < 1) throw unreadable(index + 1);
    const key = presentName(line.slice(0, equals).trim());
    const value = WANTED.test(key) ? line.slice(equals + 1).trim() : "";
    const before = found.get(key);
    if (rank >= 0 && (before === undefined || rank < before.rank)) found.set(key, { value, rank });
  }
  return new Map([...found].map(([key, { value }]) => [key, value]));
}

/** What may be read; everything else, secrets above all, is passed over. */
const WANTED =
  /^repo\d+-(?:path|type|host|host-type|host-port|storage-host|storage-port|s3-(?:bucket|endpoint|uri-style)|azure-(?:account|endpoint|uri-style)|gcs-endpoint|sftp-host|sftp-host-port)$/;

/** Former names that pgBackRest still takes; without a number they mean the first repository. */
function presentName(key: string): string {
  return (FORMER[key] ?? key)
    .replace(/^repo-/, "repo1-")
    .replace(/^(repo\d+)-(?:s3|azure)-(host|port)$/, "$1-storage-$2");
}

const FORMER: Readonly<Record<string, string>> = {
  "backup-host": "repo1-host",
  "backup-ssh-port": "repo1-host-port",
};

function unreadable(line: number): OpsError {
  return new OpsError("config", `pgbackrest.conf: line ${line} cannot be read`, {
    expected: "[section], option=value, or a comment that begins its line with #",
    todo: "correct the line; it is not repeated here because it may hold a secret",
  });
}
