// A certificate authority of a test's own, and what it signs for 127.0.0.1: made by openssl, gone with the test.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";

export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

export function makeCertificates(): Certificates {
  const directory = mkdtempSync("/tmp/ops-ca-");
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  };
  const read = (name: string): string => readFileSync(`${directory}/${name}`, "utf8");
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    writeFileSync(`${directory}/ext`, "subjectAltName=IP:127.0.0.1\n");
    openssl(
      "req",
      "-x509",
      ...ec,
      "-keyout",
      "ca.key",
      "-out",
      "ca.crt",
      "-subj",
      "/CN=stand-in CA",
      "-days",
      "2",
    );
    openssl("req", ...ec, "-keyout", "key", "-out", "csr", "-subj", "/CN=127.0.0.1");
    const sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "ext"];
    openssl("x509", "-req", "-in", "csr", ...sign, "-out", "cert");
    return { ca: read("ca.crt"), cert: read("cert"), key: read("key") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
