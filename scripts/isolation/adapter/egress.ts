// Reads the kernel's own tables of interfaces, addresses and routes inside a container. Needs no tool but grep.
import { OpsError } from "../../core/errors";
import type { RunResult } from "../../machine/port";

const TABLES = ["dev", "route", "ipv6_route", "if_inet6", "fib_trie"].map((name) => `/proc/net/${name}`);

/** Tunnels that the kernel itself puts into every network namespace, down and without an address. */
const INERT = /^(sit|tunl|gre|gretap|erspan|ip_vti|ip6_vti|ip6tnl|ip6gre)0$/;

/** RTF_REJECT of linux/route.h: the kernel's "unreachable" entries. */
const REJECT = 0x0200;

/**
 * One line for each interface other than loopback, each local address and each route; a loopback that is down has none.
 * @throws OpsError inconclusive when the tables cannot be read: that is not the same as there being nothing in them
 */
export async function readEgress(
  run: (program: string, args: readonly string[]) => Promise<RunResult>,
): Promise<string[]> {
  const { stdout, stderr } = await run("/bin/grep", ["-H", "", ...TABLES]);
  const ways = parseEgress(stdout);
  if (ways) return ways;
  throw new OpsError("inconclusive", `the network inside the container could not be read: ${stderr.trim()}`, {
    expected: "a readable /proc/net/dev inside",
    todo: "check that the account that PostgreSQL runs as can use /proc and /bin/grep",
  });
}

/** @param listing lines of `<table>:<line>`; @returns undefined when not even a loopback is listed */
export function parseEgress(listing: string): string[] | undefined {
  const tables = new Map<string, string[]>(TABLES.map((table) => [table, []]));
  for (const line of listing.split("\n")) {
    const colon = line.indexOf(":");
    tables.get(line.slice(0, colon))?.push(line.slice(colon + 1));
  }
  const [dev, route, route6, addresses6, addresses] = TABLES.map((table) => tables.get(table) ?? []);
  const interfaces = (dev ?? []).flatMap((line) => /^\s*([^\s:|]+):/.exec(line)?.[1] ?? []);
  if (!interfaces.includes("lo")) return undefined;
  const ways = [
    ...interfaces.filter((name) => name !== "lo" && !INERT.test(name)).map((name) => `interface ${name}`),
    ...localAddresses(addresses ?? []).map((address) => `address ${address}`),
    ...(addresses6 ?? [])
      .map(words)
      .map(([address = "", , , , , name]) => `address ${ipv6(address)} of ${name}`),
    ...(route ?? [])
      .slice(1)
      .map(words)
      .map(([name, to = ""]) => `route to ${ipv4(to)} through ${name}`),
    ...(route6 ?? [])
      .map(words)
      .filter((fields) => (Number.parseInt(fields[8] ?? "0", 16) & REJECT) === 0)
      .map(([to = "", , , , , , , , , name]) => `route to ${ipv6(to)} through ${name}`),
  ];
  return [...new Set(ways)];
}

function words(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** In the trie an address stands on the line before its `/32 host LOCAL`. */
function localAddresses(trie: readonly string[]): string[] {
  return trie.flatMap((line, index) => {
    const address = /\|-- (\S+)/.exec(line)?.[1];
    return address && /\/32 host LOCAL/.test(trie[index + 1] ?? "") ? [address] : [];
  });
}

/** 010200C0 is 192.0.2.1 in the byte order of the processors we run on. */
function ipv4(hex: string): string {
  return (hex.match(/../g) ?? [])
    .map((byte) => Number.parseInt(byte, 16))
    .reverse()
    .join(".");
}

function ipv6(hex: string): string {
  return (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, "")).join(":");
}
