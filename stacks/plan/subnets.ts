// Divides a VPC among tiers and zones. A vSwitch's range cannot change (force-new), so the plan is stable: adding a tier at
// the end, or a zone while one is spare, moves no range that exists.

export interface Tier {
  name: string;
  /** Mask of each zone's share, 16 to 29 (what a vSwitch takes). */
  mask: number;
}

export interface Subnet {
  tier: string;
  zone: string;
  cidr: string;
}

/** Zones that every tier keeps room for, so that a fourth one finds its place. */
export const ZONES_RESERVED = 4;

/** Largest first keeps the ranges aligned without holes. Append only: the order is the address plan. */
export const TIERS: readonly Tier[] = [
  { name: "pods", mask: 19 },
  { name: "nodes", mask: 22 },
  { name: "servers", mask: 24 },
  { name: "data", mask: 24 },
  { name: "edge", mask: 24 },
];

/** Tiers whose machines call databases and the outside. */
export const CLIENT_TIERS: readonly string[] = ["pods", "nodes", "servers"];

export interface Range {
  first: number;
  size: number;
}

/** @throws Error when it is not a canonical IPv4 network, e.g. `10.0.0.1/16` */
export function parseCidr(cidr: string): Range {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const numbers = (match?.slice(1) ?? []).map(Number);
  const [a = 256, b = 256, c = 256, d = 256, mask = 33] = numbers;
  const valid = [a, b, c, d].every((byte) => byte <= 255) && mask <= 32;
  const size = 2 ** (32 - mask);
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  if (!valid || first % size !== 0) throw new Error(`"${cidr}" is not an IPv4 network such as 10.10.0.0/16`);
  return { first, size };
}

export function showCidr({ first, size }: Range): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join(".")}/${32 - Math.log2(size)}`;
}

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** @throws Error when the tiers do not fit, or there are more zones than are reserved */
export function planSubnets(vpc: string, zones: readonly string[], tiers: readonly Tier[] = TIERS): Subnet[] {
  if (zones.length > ZONES_RESERVED) {
    throw new Error(`${zones.length} zones, but the plan keeps room for ${ZONES_RESERVED}`);
  }
  const { first, size } = parseCidr(vpc);
  let next = first;
  const subnets: Subnet[] = [];
  for (const { name, mask } of tiers) {
    const share = 2 ** (32 - mask);
    next = Math.ceil(next / share) * share;
    zones.forEach((zone, index) => {
      subnets.push({ tier: name, zone, cidr: showCidr({ first: next + index * share, size: share }) });
    });
    next += ZONES_RESERVED * share;
    if (next > first + size) throw new Error(`tier "${name}" does not fit into ${vpc}`);
  }
  return subnets;
}

/** The ranges that may call databases. */
export function clientCidrs(vpc: string, zones: readonly string[]): string[] {
  return planSubnets(vpc, zones)
    .filter(({ tier }) => CLIENT_TIERS.includes(tier))
    .map(({ cidr }) => cidr);
}
