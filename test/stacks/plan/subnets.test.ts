import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DRILL_CIDR, ENVIRONMENTS, SERVICE_CIDR } from "../../../stacks/environments";
import {
  overlaps,
  parseCidr,
  planSubnets,
  showCidr,
  TIERS,
  type Tier,
  ZONES_RESERVED,
} from "../../../stacks/plan/subnets";

const ZONES = ["a", "b", "c", "d"];
const vpc = fc
  .record({ second: fc.integer({ min: 0, max: 255 }), mask: fc.integer({ min: 8, max: 16 }) })
  .map(({ second, mask }) =>
    showCidr({
      first: Math.floor((10 * 2 ** 24 + second * 2 ** 16) / 2 ** (32 - mask)) * 2 ** (32 - mask),
      size: 2 ** (32 - mask),
    }),
  );
const tiers = fc.uniqueArray(
  fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }), mask: fc.integer({ min: 20, max: 29 }) }),
  {
    minLength: 1,
    maxLength: 6,
    selector: ({ name }) => name,
  },
);
const zoneCount = fc.integer({ min: 1, max: ZONES_RESERVED });

const plan = (cidr: string, count: number, chosen: readonly Tier[]) =>
  planSubnets(cidr, ZONES.slice(0, count), chosen);

describe("the subnet plan", () => {
  it("gives every tier in every zone a share of its own inside the VPC", () => {
    fc.assert(
      fc.property(vpc, zoneCount, tiers, (cidr, count, chosen) => {
        const subnets = plan(cidr, count, chosen);
        const whole = parseCidr(cidr);
        expect(subnets).toHaveLength(count * chosen.length);
        for (const [index, one] of subnets.entries()) {
          const { first, size } = parseCidr(one.cidr); // throws when it is not aligned
          expect(first >= whole.first && first + size <= whole.first + whole.size).toBe(true);
          for (const other of subnets.slice(index + 1)) expect(overlaps(one.cidr, other.cidr)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("moves nothing when a tier or a zone is added at the end", () => {
    fc.assert(
      fc.property(vpc, fc.integer({ min: 1, max: ZONES_RESERVED - 1 }), tiers, (cidr, count, chosen) => {
        const before = plan(cidr, count, chosen);
        expect(plan(cidr, count, [...chosen, { name: "one-more-tier", mask: 28 }])).toEqual(
          expect.arrayContaining(before),
        );
        expect(plan(cidr, count + 1, chosen)).toEqual(expect.arrayContaining(before));
      }),
      { numRuns: 60 },
    );
  });

  it("refuses what does not fit", () => {
    expect(() => planSubnets("10.0.0.0/20", ["a"], TIERS)).toThrow(
      'tier "pods" does not fit into 10.0.0.0/20',
    );
    expect(() => planSubnets("10.0.0.0/16", ["a", "b", "c", "d", "e"])).toThrow("5 zones");
  });

  it.each(["10.0.0.1/16", "10.0.0/16", "300.0.0.0/8", "10.0.0.0/33", "x"])(
    "refuses %s as a network",
    (cidr) => {
      expect(() => parseCidr(cidr)).toThrow(cidr);
    },
  );

  it("gives environments ranges that can be peered with each other and with Kubernetes' services", () => {
    const ranges = [...Object.values(ENVIRONMENTS).map(({ cidr }) => cidr), DRILL_CIDR, SERVICE_CIDR];
    const pairs = ranges.flatMap((one, index) =>
      ranges.slice(index + 1).map((other) => [one, other] as const),
    );
    expect(pairs.filter(([one, other]) => overlaps(one, other))).toEqual([]);
  });

  it("keeps the address plan of production", () => {
    const { cidr, zones } = ENVIRONMENTS.prod;
    expect(
      planSubnets(cidr, zones).map(({ tier, zone, cidr: share }) => `${tier} ${zone.at(-1)} ${share}`),
    ).toEqual([
      "pods h 10.10.0.0/19",
      "pods i 10.10.32.0/19",
      "pods k 10.10.64.0/19",
      "nodes h 10.10.128.0/22",
      "nodes i 10.10.132.0/22",
      "nodes k 10.10.136.0/22",
      "servers h 10.10.144.0/24",
      "servers i 10.10.145.0/24",
      "servers k 10.10.146.0/24",
      "data h 10.10.148.0/24",
      "data i 10.10.149.0/24",
      "data k 10.10.150.0/24",
      "edge h 10.10.152.0/24",
      "edge i 10.10.153.0/24",
      "edge k 10.10.154.0/24",
    ]);
  });
});
