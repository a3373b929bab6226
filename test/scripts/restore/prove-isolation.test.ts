// The proof itself, on a real container: it passes where there is isolation, and is caught out by every kind of hole.
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Integration, Platform } from "../../../policies/service/service";
import { overall } from "../../../scripts/core/evidence";
import { createIsolation } from "../../../scripts/isolation/adapter";
import type { Container, ContainerRequest } from "../../../scripts/isolation/port";
import { createHost } from "../../../scripts/machine";
import { type IsolationContext, proveIsolation } from "../../../scripts/restore/prove-isolation";
import { makePlace, type Place } from "../isolation/adapter/place";
import { user } from "../machine/accounts";

const host = createHost();
let place: Place;
let server: Server;
let container: Container | undefined;
beforeAll(async () => {
  place = await makePlace();
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.close();
  await place.remove();
});
afterEach(async () => {
  await container?.close();
  container = undefined;
});

function integration(name: string, endpoints: Readonly<Record<string, string>>): Integration {
  return { name, endpoints } as Integration;
}

function context(
  change: {
    integrations?: Integration[];
    databaseHost?: string;
    unshare?: string;
    port?: number;
    repository?: { host: string; port: number };
  } = {},
): IsolationContext {
  const database = { host: change.databaseHost ?? place.source, port: change.port ?? 5432 };
  return {
    environment: "sandbox",
    platform: { database } as Platform,
    integrations: change.integrations ?? [integration("payment", { sandbox: "witness" })],
    isolation: createIsolation(host, change.unshare === undefined ? {} : { unshare: change.unshare }),
    backupRepository: {
      directories: async () => (change.repository ? [] : [place.repository]),
      endpoints: async () => (change.repository ? [change.repository] : []),
    },
  };
}

async function prove(
  ctx: IsolationContext,
  request: Partial<ContainerRequest> = {},
): Promise<Record<string, string>> {
  container = await ctx.isolation.open({
    id: "proof",
    user,
    outside: user,
    writable: [],
    readOnly: [],
    ...request,
  });
  const checks = await proveIsolation(ctx, container);
  for (const check of checks) expect(check.detail).not.toBe("");
  return Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
}

/** What the same proof must say on a machine that gives no namespaces. */
function here<T extends Record<string, string>>(expected: T): T | Record<string, string> {
  if (container?.isolated) return expected;
  return Object.fromEntries(
    Object.entries(expected).map(([name, verdict]) => [
      name,
      verdict === "not-applicable" ? verdict : "inconclusive",
    ]),
  );
}

const PROVEN = {
  "isolation-no-way-out": "pass",
  "isolation-source": "pass",
  "isolation-repository": "pass",
  "isolation-payment": "pass",
};

describe("proof of isolation", () => {
  it("passes when nothing is reached inside and everything outside", async () => {
    const found = await prove(context());
    expect(found).toEqual(here(PROVEN));
    expect(await host.list(place.repository)).toEqual([]);
  });

  it("is inconclusive throughout where the machine isolates nothing", async () => {
    const found = await prove(context({ unshare: "/bin/false" }));
    expect(new Set(Object.values(found))).toEqual(new Set(["inconclusive"]));
    expect(container?.isolated).toBe(false);
  });

  it.each([
    ["the source is visible", () => ({ writable: [place.source] }), "isolation-source"],
    ["the repository is writable", () => ({ writable: [place.repository] }), "isolation-repository"],
    ["the repository can be read", () => ({ readOnly: [place.repository] }), "isolation-repository"],
  ])("fails when %s", async (_name, request, hole) => {
    const found = await prove(context(), request());
    expect(found).toEqual(here({ ...PROVEN, [hole]: "fail" }));
  });

  it("fails when the network is open", async () => {
    const leaky = context();
    container = await leaky.isolation.open({
      id: "leaky",
      user,
      outside: user,
      writable: [],
      readOnly: [],
    });
    const wide = await createIsolation(host, { unshare: "/bin/false" }).open({
      id: "wide",
      user,
      outside: user,
      writable: [],
      readOnly: [],
    });
    // A container that claims to be isolated while its network is the machine's own.
    const holed: Container = { ...container, isolated: true, probe: wide.probe, egress: wide.egress };
    const checks = await proveIsolation(leaky, holed);
    await wide.close();
    expect(checks.map(({ verdict }) => verdict)).toEqual(["fail", "fail", "fail", "fail"]);
    expect(overall(checks)).toBe("fail");
  });

  it("is inconclusive without its positive control", async () => {
    const found = await prove(
      context({ port: 5999, integrations: [integration("payment", { sandbox: "https://127.0.0.1:1/" })] }),
    );
    expect(found).toEqual(
      here({ ...PROVEN, "isolation-source": "inconclusive", "isolation-payment": "inconclusive" }),
    );
  });

  it("is not undone by an integration that nobody reaches from outside either", async () => {
    const ctx = context({ integrations: [integration("payment", { sandbox: "https://127.0.0.1:1/" })] });
    container = await ctx.isolation.open({
      id: "proof",
      user,
      outside: user,
      writable: [],
      readOnly: [],
    });
    const checks = await proveIsolation(ctx, container);
    const payment = checks.find(({ name }) => name === "isolation-payment");
    expect(payment?.verdict).toBe("inconclusive");
    expect(overall(checks)).toBe(container.isolated ? "pass" : "inconclusive");
    // Of the source and of the repository the network says nothing.
    await container.close();
    const blind = context({ port: 5999 });
    container = await blind.isolation.open({
      id: "blind",
      user,
      outside: user,
      writable: [],
      readOnly: [],
    });
    expect(overall(await proveIsolation(blind, container))).toBe("inconclusive");
  });

  it("tries a source that listens on TCP, and integrations at their declared addresses", async () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const integrations = [
      integration("sms", { sandbox: `https://127.0.0.1:${port}/send` }),
      integration("bot", { prod: "https://bot.example.com" }),
    ];
    const found = await prove(context({ databaseHost: "127.0.0.1", port: port ?? 0, integrations }));
    expect(found).toEqual(
      here({
        "isolation-no-way-out": "pass",
        "isolation-source": "pass",
        "isolation-repository": "pass",
        "isolation-sms": "pass",
        "isolation-bot": "not-applicable",
      }),
    );
  });

  it("tries a remote repository where it is served, and is inconclusive when nobody serves it", async () => {
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(await prove(context({ repository: { host: "127.0.0.1", port } }))).toEqual(here(PROVEN));
    await container?.close();
    expect(await prove(context({ repository: { host: "127.0.0.1", port: 1 } }))).toEqual(
      here({ ...PROVEN, "isolation-repository": "inconclusive" }),
    );
  });

  it("fails when a remote repository is reached from inside", async () => {
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const distant = context({ repository: { host: "127.0.0.1", port }, integrations: [] });
    const wide = await createIsolation(host, { unshare: "/bin/false" }).open({
      id: "wide",
      user,
      outside: user,
      writable: [],
      readOnly: [],
    });
    const checks = await proveIsolation(distant, { ...wide, isolated: true });
    await wide.close();
    expect(checks.find(({ name }) => name === "isolation-repository")).toMatchObject({ verdict: "fail" });
  });

  it("is inconclusive, not passed, when the container is gone meanwhile", async () => {
    const ctx = context();
    container = await ctx.isolation.open({ id: "gone", user, outside: user, writable: [], readOnly: [] });
    if (container.init) await host.kill(container.init);
    const checks = await proveIsolation(ctx, container);
    expect(new Set(checks.map(({ verdict }) => verdict))).toEqual(new Set(["inconclusive"]));
  });

  it("refuses an endpoint that is no address", async () => {
    await expect(
      prove(context({ integrations: [integration("payment", { sandbox: "payment" })] })),
    ).rejects.toMatchObject({ exit: "config" });
  });
});
