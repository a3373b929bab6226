import { describe, expect, it } from "vitest";
import type { Integration } from "../../../policies/service/service";
import {
  addressOf,
  judgeConnections,
  judgeEgress,
  noEndpoint,
  sourceAddress,
} from "../../../scripts/restore/isolation";

const separation = "network and mount namespaces";
const containers = {
  isolated: { isolated: true, separation },
  plain: { isolated: false, separation: "none (denied)" },
};
const reached = { reached: true, detail: "connected" };
const refused = { reached: false, detail: "ENETUNREACH" };

describe("attempts inside and outside", () => {
  it.each([
    ["isolated", "refused", "reached", "pass"],
    ["isolated", "refused", "refused", "inconclusive"],
    ["isolated", "reached", "reached", "fail"],
    ["isolated", "reached", "refused", "fail"],
    ["plain", "refused", "reached", "inconclusive"],
    ["plain", "refused", "refused", "inconclusive"],
    ["plain", "reached", "reached", "inconclusive"],
    ["plain", "reached", "refused", "inconclusive"],
  ] as const)("cell %s, inside %s, outside %s: %s", (container, inside, outside, verdict) => {
    const connections = { inside: { reached, refused }[inside], outside: { reached, refused }[outside] };
    expect(judgeConnections("isolation-sms", "sms (h:1)", containers[container], connections)).toMatchObject({
      name: "isolation-sms",
      verdict,
    });
  });

  it("say what was found, and what was missing for a proof", () => {
    const detail = (inside: typeof reached, outside: typeof reached, container = containers.isolated) =>
      judgeConnections("isolation-sms", "sms (h:1)", container, { inside, outside }).detail;
    expect(detail(reached, reached)).toMatch(/sms \(h:1\): reached from inside .*expected out of reach/);
    expect(detail(refused, reached)).toMatch(/inside \(ENETUNREACH\), reached outside at the same moment/);
    expect(detail(refused, refused)).toMatch(/outside too .* positive control/);
    expect(detail(refused, reached, containers.plain)).toMatch(/did not isolate.*none \(denied\)/);
  });

  it("that could not be made prove nothing", () => {
    const check = judgeConnections("isolation-sms", "sms", containers.isolated, { reason: "no node inside" });
    expect(check).toEqual({ name: "isolation-sms", verdict: "inconclusive", detail: "no node inside" });
  });
});

describe("ways out", () => {
  it.each([
    ["none", containers.isolated, [], "pass", /no address, no route/],
    [
      "some",
      containers.isolated,
      ["interface eth0", "route to 0.0.0.0 through eth0"],
      "fail",
      /interface eth0, route/,
    ],
    ["unknown", containers.isolated, { reason: "no /proc" }, "inconclusive", /no \/proc/],
    ["of a plain process", containers.plain, [], "inconclusive", /did not isolate/],
  ] as const)("%s", (_name, container, routes, verdict, detail) => {
    const check = judgeEgress(container, routes);
    expect(check).toMatchObject({ name: "isolation-no-way-out", verdict });
    expect(check.detail).toMatch(detail);
  });
});

describe("addresses", () => {
  const integration = { name: "sms" } as Integration;

  it.each([
    ["https://sms.example.com/send", { host: "sms.example.com", port: 443 }],
    ["http://sms.example.com", { host: "sms.example.com", port: 80 }],
    ["https://sms.example.com:8443/", { host: "sms.example.com", port: 8443 }],
    ["https://[fd00::1]/", { host: "fd00::1", port: 443 }],
  ])("of %s", (endpoint, address) => {
    expect(addressOf(integration, endpoint)).toEqual(address);
  });

  it.each(["sms.example.com", "ftp://sms.example.com", "", "https://"])("refuse %j", (endpoint) => {
    expect(() => addressOf(integration, endpoint)).toThrow(
      expect.objectContaining({ exit: "config", message: expect.stringContaining("integration sms") }),
    );
  });

  it("of the source are a socket or a host", () => {
    const database = { adapter: "postgres", port: 5433, user: "u", maintenance: "m" } as const;
    expect(sourceAddress({ database: { ...database, host: "/run/pg" } })).toEqual({
      path: "/run/pg/.s.PGSQL.5433",
    });
    expect(sourceAddress({ database: { ...database, host: "db" } })).toEqual({ host: "db", port: 5433 });
  });

  it("that an environment does not have need no proof, which is said", () => {
    const check = noEndpoint("isolation-sms", "sms", "staging");
    expect(check).toMatchObject({ verdict: "not-applicable", detail: expect.stringContaining("staging") });
  });
});
