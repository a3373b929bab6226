// First-boot configuration of a PostgreSQL server. Pure text; holds no secret: the server's role gives it short-lived
// credentials, refreshed by a timer because pgBackRest knows only Amazon's metadata service.

export interface PostgresServer {
  member: "primary" | "standby" | "restore";
  /** `17.0` */
  version: string;
  roleName: string;
  repositories: readonly { bucket: string; region: string }[];
  /** CIDRs that may connect over TLS. */
  clients: readonly string[];
  retentionDays: number;
}

const CREDENTIALS = `#!/bin/sh
# Writes the role's credentials of the next hours where pgBackRest reads them. Nothing is logged.
set -eu
base=http://100.100.100.200/latest
token=$(curl -sf -X PUT -H "X-aliyun-ecs-metadata-token-ttl-seconds: 300" "$base/api/token")
reply=$(curl -sf -H "X-aliyun-ecs-metadata-token: $token" "$base/meta-data/ram/security-credentials/$1")
field() { printf %s "$reply" | sed -n "s/.*\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p" | head -1; }
umask 077
new=$(mktemp /etc/pgbackrest/conf.d/.new.XXXXXX)
{
  echo "[global]"
  for n in $2; do
    echo "repo$n-s3-key=$(field AccessKeyId)"
    echo "repo$n-s3-key-secret=$(field AccessKeySecret)"
    echo "repo$n-s3-token=$(field SecurityToken)"
  done
} > "$new"
chown postgres:postgres "$new"
mv "$new" /etc/pgbackrest/conf.d/credentials.conf
`;

function pgbackrest({ repositories, retentionDays, version }: PostgresServer): string {
  const repository = ({ bucket, region }: PostgresServer["repositories"][number], index: number): string => {
    const key = `repo${index + 1}`;
    return [
      `${key}-type=s3`,
      `${key}-path=/pgbackrest`,
      `${key}-s3-bucket=${bucket}`,
      `${key}-s3-endpoint=s3.oss-${region}.aliyuncs.com`,
      `${key}-s3-region=oss-${region}`,
      `${key}-s3-uri-style=host`,
      `${key}-bundle=y`,
      `${key}-retention-full-type=time`,
      `${key}-retention-full=${retentionDays}`,
    ].join("\n");
  };
  return `[global]
${repositories.map(repository).join("\n")}
compress-type=zst
process-max=2
start-fast=y
archive-async=y
spool-path=/var/spool/pgbackrest

[learning]
pg1-path=/data/pgsql/${version.split(".")[0]}
`;
}

function hba(clients: readonly string[]): string {
  return ["local all all peer", ...clients.map((cidr) => `hostssl all all ${cidr} scram-sha-256`), ""].join(
    "\n",
  );
}

const file = (path: string, mode: string, text: string): string =>
  [
    `  - path: ${path}`,
    `    permissions: "${mode}"`,
    `    encoding: b64`,
    `    content: ${Buffer.from(text).toString("base64")}`,
  ].join("\n");

export function postgresCloudInit(server: PostgresServer): string {
  const repositories = server.repositories.map((_, index) => index + 1).join(" ");
  const refresh = `/usr/local/sbin/repository-credentials ${server.roleName} "${repositories}"`;
  return `#cloud-config
# ${server.member}
packages: [postgresql${server.version.split(".")[0]}-server, pgbackrest]
write_files:
${file("/etc/pgbackrest/pgbackrest.conf", "0640", pgbackrest(server))}
${file("/usr/local/sbin/repository-credentials", "0750", CREDENTIALS)}
${file("/etc/netedu/pg_hba.conf", "0640", hba(server.clients))}
${file("/etc/cron.d/repository-credentials", "0644", `*/20 * * * * root ${refresh}\n`)}
fs_setup:
  - { device: /dev/vdb, filesystem: ext4, label: data, overwrite: false }
mounts:
  - [LABEL=data, /data, ext4, "defaults,noatime", "0", "2"]
runcmd:
  - [install, -d, -m, "0750", -o, postgres, -g, postgres, /etc/pgbackrest/conf.d, /var/spool/pgbackrest]
  - [install, -d, -m, "0700", -o, postgres, -g, postgres, /data/pgsql]
  - ${refresh}
`;
}
