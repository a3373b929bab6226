import { describe, expect, it } from "vitest";
import { parseEgress, readEgress } from "../../../../scripts/isolation/adapter/egress";
import { createHost } from "../../../../scripts/machine";

/** Tables of a fresh network namespace, as grep prints them. */
const EMPTY = [
  "dev:Inter-|   Receive                                                |  Transmit",
  "dev: face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets",
  "dev:    lo:       0       0    0    0    0     0          0         0        0       0",
  `ipv6_route:${"0".repeat(32)} 00 ${"0".repeat(32)} 00 ${"0".repeat(32)} ffffffff 00000001 00000000 00200200       lo`,
];
const ROUTES = "route:Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";
const listing = (...more: string[]): string =>
  [...EMPTY, ...more].map((line) => `/proc/net/${line}`).join("\n");

describe("ways out", () => {
  it.each([
    ["a fresh namespace has none", [], []],
    ["tunnels of the kernel's own are none", ["dev:  sit0:  0 0", "dev:ip6tnl0:  0 0"], []],
    ["an interface", ["dev:  eth0: 12 3"], ["interface eth0"]],
    ["a tunnel that somebody made", ["dev:  gre1: 0 0"], ["interface gre1"]],
    [
      "a loopback that is up",
      [
        "fib_trie:Local:",
        "fib_trie:        |-- 127.0.0.0",
        "fib_trie:           /8 host LOCAL",
        "fib_trie:        |-- 127.0.0.1",
        "fib_trie:           /32 host LOCAL",
        "if_inet6:00000000000000000000000000000001 01 80 10 80       lo",
      ],
      ["address 127.0.0.1", "address 0:0:0:0:0:0:0:1 of lo"],
    ],
    [
      "a route",
      [ROUTES, "route:eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"],
      ["route to 192.0.2.0 through eth0"],
    ],
    [
      "an IPv6 route",
      [
        `ipv6_route:fd00${"0".repeat(28)} 40 ${"0".repeat(32)} 00 ${"0".repeat(32)} 00000100 00000001 00000000 00000001 eth0`,
      ],
      ["route to fd00:0:0:0:0:0:0:0 through eth0"],
    ],
  ])("%s", (_name, more, expected) => {
    expect(parseEgress(listing(...more))).toEqual(expected);
  });

  it("are unknown, and not absent, when nothing could be read", async () => {
    expect(parseEgress("")).toBeUndefined();
    const blind = readEgress(() => createHost().run("false", []));
    await expect(blind).rejects.toMatchObject({ exit: "inconclusive" });
  });

  it("of the test machine itself are seen", async () => {
    const { stdout } = await createHost().run("ls", ["/sys/class/net"]);
    const others = stdout.split("\n").filter((name) => name !== "" && name !== "lo");
    const ways = await readEgress((program, args) => createHost().run(program, args));
    expect(ways.filter((way) => way.startsWith("interface"))).toEqual(
      expect.arrayContaining(
        others.filter((name) => /^(eth|en|wl)/.test(name)).map((name) => `interface ${name}`),
      ),
    );
  });
});
