// A pgBackRest repository host: the real `pgbackrest server` over TLS on loopback, with certificates made for it.
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import path from "node:path";
import { launch, signalGroup } from "../../scripts/machine/launch";
import { type Cluster, OS_USER } from "./cluster";

export interface RepositoryHost {
  port: number;
  /** pgbackrest.conf as the host itself has it: the repository is a directory. */
  own: string;
  /** pgbackrest.conf of any other machine: the repository is behind the server. */
  elsewhere: string;
  /** Where the repository's files are. */
  repository: string;
  stop(): Promise<void>;
}

export const PASSPHRASE = "only-for-this-test";

export async function startRepositoryHost(cluster: Cluster, stanza: string): Promise<RepositoryHost> {
  const { host, directory } = cluster;
  const place = (name: string): string => path.join(directory, name);
  const make = (name: string): Promise<void> =>
    host.makeDirectory(place(name), { user: OS_USER, mode: 0o700 });
  for (const side of ["host", "client"])
    for (const name of ["spool", "lock", "log"]) await make(`${side}-${name}`);
  await make("repository");
  await make("certificates");
  const certificates = await makeCertificates(cluster, place("certificates"));
  const port = await freePort();
  const paths = (side: string): string =>
    ["spool", "lock", "log"].map((name) => `${name}-path=${place(`${side}-${name}`)}\n`).join("");
  const cluster1 = `[${stanza}]\npg1-path=${cluster.dataDirectory}\npg1-socket-path=${directory}\npg1-user=postgres\n`;
  const own = place("host.conf");
  const elsewhere = place("client.conf");
  await host.writeText(
    own,
    `[global]\nrepo1-path = ${place("repository")}\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=${PASSPHRASE}\n` +
      `compress-type=zst\n${paths("host")}tls-server-address=127.0.0.1\ntls-server-port=${port}\n` +
      `tls-server-ca-file=${certificates.authority}\ntls-server-cert-file=${certificates.file("server", "crt")}\n` +
      `tls-server-key-file=${certificates.file("server", "key")}\ntls-server-auth=client=${stanza}\n${cluster1}`,
    { user: OS_USER, mode: 0o600 },
  );
  await host.writeText(
    elsewhere,
    `# The repository is on another machine.\n[global]\nrepo1-host = 127.0.0.1\nrepo1-host-type=tls\nrepo1-host-port=${port}\n` +
      `repo1-host-config=${own}\nrepo1-host-ca-file=${certificates.authority}\n` +
      `repo1-host-cert-file=${certificates.file("client", "crt")}\nrepo1-host-key-file=${certificates.file("client", "key")}\n` +
      `compress-type=zst\narchive-async=y\n${paths("client")}${cluster1}`,
    { user: OS_USER, mode: 0o600 },
  );
  const server = await launch(await host.program("pgbackrest"), [`--config=${own}`, "server"], {
    user: OS_USER,
    stdio: "ignore",
  });
  const gone = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  return {
    port,
    own,
    elsewhere,
    repository: place("repository"),
    async stop() {
      if (server.pid !== undefined) signalGroup(server.pid, "SIGTERM");
      await gone;
    },
  };
}

/** pgBackRest 2.45 finds the host it asked for in a certificate's common name or DNS names, never in its IP addresses. */
async function makeCertificates(
  { host }: Cluster,
  directory: string,
): Promise<{ authority: string; file(name: string, kind: "key" | "crt"): string }> {
  const file = (name: string, kind: "key" | "crt" | "csr"): string => path.join(directory, `${name}.${kind}`);
  const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const days = ["-days", "2"];
  const authority = file("authority", "crt");
  openssl(
    "req",
    "-x509",
    ...key,
    ...days,
    "-subj",
    "/CN=authority",
    "-keyout",
    file("authority", "key"),
    "-out",
    authority,
  );
  for (const [name, commonName] of [
    ["server", "127.0.0.1"],
    ["client", "client"],
  ] as const) {
    const request = file(name, "csr");
    openssl("req", ...key, "-subj", `/CN=${commonName}`, "-keyout", file(name, "key"), "-out", request);
    const signing = ["-CA", authority, "-CAkey", file("authority", "key"), "-CAcreateserial"];
    openssl("x509", "-req", "-in", request, ...signing, ...days, "-out", file(name, "crt"));
  }
  if (process.getuid?.() === 0) execFileSync("chown", ["-R", OS_USER, directory]);
  for (const name of await host.list(directory)) execFileSync("chmod", ["600", path.join(directory, name)]);
  return { authority, file };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no TCP port is free");
  return address.port;
}
