// How a cluster is reached: from files only, over TLS that is verified, against a strict stand-in (test/cluster).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { clusterAccess } from "../../../../scripts/cluster/adapter/access";
import { createKubernetesClient, type KubernetesClient } from "../../../../scripts/cluster/adapter/client";
import { makeCertificates } from "../../../cluster/certificates";
import { application } from "../../../cluster/objects";
import { type ClusterStandIn, clusterStandIn, kubeconfigOf } from "../../../cluster/stand-in";

const APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
const TOKEN = "stand-in-service-account-token";

let cluster: ClusterStandIn;
beforeAll(async () => {
  cluster = await clusterStandIn();
  cluster.applications.set("ops", application("ops", "prod", { image: "i", revision: "r", rollout: false }));
});
afterAll(() => cluster.close());

function directory(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync("/tmp/ops-kube-");
  onTestFinished(() => rmSync(made, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(`${made}/${name}`, text);
  return made;
}
const client = (env: NodeJS.ProcessEnv, account?: string): KubernetesClient =>
  createKubernetesClient(() => clusterAccess(env, account));
const written = (text: string, files: Readonly<Record<string, string>> = {}): KubernetesClient =>
  client({ KUBECONFIG: `${directory({ config: text, ...files })}/config` });
const authority = (): string =>
  `certificate-authority-data: ${Buffer.from(cluster.certificates.ca).toString("base64")}`;

describe("a cluster is reached", () => {
  it("by a kubeconfig with files beside it", async () => {
    expect(await client({ KUBECONFIG: cluster.kubeconfig }).get(`${APPLICATIONS}/ops`)).toMatchObject({
      metadata: { name: "ops" },
    });
  });

  it("by a kubeconfig that holds all of it", async () => {
    const found = await written(kubeconfigOf(cluster.server, authority(), `token: ${TOKEN}`)).get(
      `${APPLICATIONS}/ops`,
    );
    expect(found).toMatchObject({ metadata: { name: "ops" } });
  });

  it("from inside a pod, with a token that may change between two requests", async () => {
    const account = directory({ "ca.crt": cluster.certificates.ca, token: "yesterday's" });
    const { hostname, port } = new URL(cluster.server);
    const inside = client({ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }, account);
    await expect(inside.get(`${APPLICATIONS}/ops`)).rejects.toMatchObject({
      message: expect.stringContaining("with 401"),
    });
    writeFileSync(`${account}/token`, TOKEN);
    expect(await inside.get(`${APPLICATIONS}/ops`)).toBeDefined();
  });

  it("not when its certificate is another authority's", async () => {
    const other = `certificate-authority-data: ${Buffer.from(makeCertificates().ca).toString("base64")}`;
    await expect(
      written(kubeconfigOf(cluster.server, other, `token: ${TOKEN}`)).get(APPLICATIONS),
    ).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringMatching(/does not answer: .*certificate/),
    });
  });

  it.each<[string, () => string, RegExp]>([
    [
      "without TLS",
      () => kubeconfigOf("http://127.0.0.1:1", authority(), "token: t"),
      /an address with https/,
    ],
    [
      "by a program",
      () => kubeconfigOf("https://a", authority(), "exec: { command: aws }"),
      /token file or a client certificate/,
    ],
    ["by nobody", () => kubeconfigOf("https://a", authority(), "{}"), /token file or a client certificate/],
    [
      "by a context that is not there",
      () =>
        kubeconfigOf("https://a", authority(), "token: t").replace(
          "current-context: here",
          "current-context: gone",
        ),
      /a context with cluster and user/,
    ],
    ["by what is no YAML", () => "token: [secret", /a kubeconfig/],
    [
      "by a token file that is not there",
      () => kubeconfigOf("https://127.0.0.1:9", authority(), "tokenFile: gone"),
      /a kubeconfig \(KUBECONFIG\)/,
    ],
  ])("not %s; no secret is in the message", async (_, text, expected) => {
    const attempt = written(text()).get(APPLICATIONS);
    await expect(attempt).rejects.toMatchObject({
      exit: "config",
      expected: expect.stringMatching(expected),
    });
    await expect(attempt).rejects.not.toThrow(/secret/);
  });

  it("and its refusals are told in its own words", async () => {
    const reached = client({ KUBECONFIG: cluster.kubeconfig });
    expect(await reached.get(`${APPLICATIONS}/gone`)).toBeUndefined();
    expect(await reached.get("/apis/argoproj.io/v1/namespaces/argocd/applications/ops")).toBeUndefined();
    await expect(reached.patch(`${APPLICATIONS}/ops`, {})).rejects.toMatchObject({
      exit: "unavailable",
      message: expect.stringContaining("with 405: the server does not allow PATCH here"),
    });
    expect(
      await reached.patch("/apis/argoproj.io/v1alpha1/namespaces/learning/rollouts/gone/status", {}),
    ).toBe(false);
  });
});
