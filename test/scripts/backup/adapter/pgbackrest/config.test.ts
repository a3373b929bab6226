import { describe, expect, it } from "vitest";
import { type Repository, repositories } from "../../../../../scripts/backup/adapter/pgbackrest/config";

const local = (number: number, directory: string): Repository => ({
  number,
  directory,
  endpoint: undefined,
  served: false,
});
const away = (number: number, host: string, port: number, served = false): Repository => ({
  number,
  directory: undefined,
  endpoint: { host, port },
  served,
});

describe("repositories", () => {
  it.each<[string, string, Repository[]]>([
    ["a directory", "[global]\nrepo1-path=/srv/repo", [local(1, "/srv/repo")]],
    ["nothing at all: pgBackRest's default", "[main]\npg1-path=/data", [local(1, "/var/lib/pgbackrest")]],
    ["a repository without a path", "[global]\nrepo1-retention-full=2", [local(1, "/var/lib/pgbackrest")]],
    ["spaces around =", "[global]\n  repo1-path  =  /srv/a b  ", [local(1, "/srv/a b")]],
    ["= in a value", "[global]\nrepo1-path=/srv/a=b", [local(1, "/srv/a=b")]],
    ["CRLF", "[global]\r\nrepo1-path=/srv/repo\r\n", [local(1, "/srv/repo")]],
    ["comments", "# repo1-host=x\n[global]\n #repo1-host=y\nrepo1-path=/srv/#1", [local(1, "/srv/#1")]],
    ["a mounted share", "[global]\nrepo1-type=cifs\nrepo1-path=/mnt/share", [local(1, "/mnt/share")]],
    ["an SSH host", "[global]\nrepo1-host=backup.example.com", [away(1, "backup.example.com", 22, true)]],
    [
      "a TLS host",
      "[global]\nrepo1-host = 10.0.0.5\nrepo1-host-type = tls",
      [away(1, "10.0.0.5", 8432, true)],
    ],
    [
      "a host's port",
      "[global]\nrepo1-host=h\nrepo1-host-type=tls\nrepo1-host-port=9000",
      [away(1, "h", 9000, true)],
    ],
    ["a host and the path it has there", "[global]\nrepo1-host=h\nrepo1-path=/srv", [away(1, "h", 22, true)]],
    [
      "OSS, the bucket in the host's name",
      "[global]\nrepo1-type=s3\nrepo1-s3-bucket=bk\nrepo1-s3-endpoint=oss-cn-hangzhou.aliyuncs.com",
      [away(1, "bk.oss-cn-hangzhou.aliyuncs.com", 443)],
    ],
    [
      "S3, the bucket in the path, its own port",
      "[global]\nrepo1-type=s3\nrepo1-s3-bucket=bk\nrepo1-s3-uri-style=path\nrepo1-s3-endpoint=https://minio:9000",
      [away(1, "minio", 9000)],
    ],
    [
      "S3 through another host",
      "[global]\nrepo1-type=s3\nrepo1-s3-bucket=b\nrepo1-s3-endpoint=s3.example\nrepo1-storage-host=127.0.0.1\nrepo1-storage-port=4430",
      [away(1, "127.0.0.1", 4430)],
    ],
    [
      "IPv6",
      "[global]\nrepo1-type=s3\nrepo1-s3-uri-style=path\nrepo1-s3-endpoint=https://[::1]:9000",
      [away(1, "::1", 9000)],
    ],
    [
      "Azure",
      "[global]\nrepo1-type=azure\nrepo1-azure-account=me",
      [away(1, "me.blob.core.windows.net", 443)],
    ],
    ["GCS", "[global]\nrepo1-type=gcs", [away(1, "storage.googleapis.com", 443)]],
    ["SFTP", "[global]\nrepo1-type=sftp\nrepo1-sftp-host=box", [away(1, "box", 22)]],
    [
      "several, in any order",
      "[global]\nrepo4-path=/four\nrepo2-host=two\nrepo1-path=/one\nrepo3-type=gcs",
      [local(1, "/one"), away(2, "two", 22, true), away(3, "storage.googleapis.com", 443), local(4, "/four")],
    ],
    ["more than nine", "[global]\nrepo10-path=/ten\nrepo2-path=/two", [local(2, "/two"), local(10, "/ten")]],
    ["the stanza before global", "[main]\nrepo1-path=/mine\n[global]\nrepo1-path=/all", [local(1, "/mine")]],
    [
      "global:command before global",
      "[global]\nrepo1-path=/all\n[global:restore]\nrepo1-path=/r",
      [local(1, "/r")],
    ],
    [
      "the stanza before global:command",
      "[global:restore]\nrepo1-path=/r\n[main]\nrepo1-path=/m",
      [local(1, "/m")],
    ],
    ["stanza:command before all", "[main:restore]\nrepo1-path=/mr\n[main]\nrepo1-path=/m", [local(1, "/mr")]],
    [
      "another command's section",
      "[global]\nrepo1-path=/all\n[global:backup]\nrepo1-path=/b",
      [local(1, "/all")],
    ],
    ["another stanza's section", "[other]\nrepo1-host=h\n[global]\nrepo1-path=/all", [local(1, "/all")]],
    ["former names", "[global]\nbackup-host=old\nbackup-ssh-port=2222", [away(1, "old", 2222, true)]],
    ["a former name without a number", "[global]\nrepo-path=/old", [local(1, "/old")]],
  ])("%s", (_name, text, expected) => {
    expect(repositories(text, "main")).toEqual(expected);
  });

  it.each([
    ["no option", "[global]\nrepo1-path"],
    ["no name", "[global]\n=secret"],
    ["a port that is none", "[global]\nrepo1-host=h\nrepo1-host-port=secret"],
    ["a kind of host that has no port", "[global]\nrepo1-host=h\nrepo1-host-type=secret"],
    ["a type nobody knows", "[global]\nrepo1-type=secret"],
    ["storage without an endpoint", "[global]\nrepo1-type=s3\nrepo1-s3-bucket=secret"],
    ["an endpoint that is no address", "[global]\nrepo1-type=gcs\nrepo1-gcs-endpoint=secret secret"],
  ])("refuses %s", (_name, text) => {
    expect(() => repositories(text, "main")).toThrow(expect.objectContaining({ exit: "config" }));
  });

  it("keeps secrets to itself, whether it succeeds or fails", () => {
    const secrets = [
      "cipher-pass",
      "s3-key",
      "s3-key-secret",
      "s3-token",
      "azure-key",
      "gcs-key",
      "host-key-file",
    ];
    const text = `[global]\nrepo1-path=/srv\n${secrets.map((name) => `repo1-${name}=SECRET\n`).join("")}`;
    expect(JSON.stringify(repositories(text, "main"))).not.toContain("SECRET");
    for (const broken of [`${text}SECRET`, `${text}repo1-type=SECRET`]) {
      const refused = (): unknown => repositories(broken, "main");
      expect(refused).toThrow(/pgbackrest.conf: (line 10|repo1)/);
      expect(refused).not.toThrow(/SECRET/);
    }
  });
});
