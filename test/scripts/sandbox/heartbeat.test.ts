import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHeartbeat, parseHeartbeat } from "../../../scripts/sandbox/heartbeat";

describe("the heartbeat outside the database", () => {
  it("is read back to the millisecond and always has the same length", () => {
    const instants = fc.date({
      min: new Date("2000-01-01"),
      max: new Date("2999-12-31"),
      noInvalidDate: true,
    });
    const property = fc.property(
      instants,
      fc.bigInt(1n, 2n ** 63n - 1n),
      fc.integer({ min: 0, max: 999 }),
      (at, n, us) => {
        const written = at.toISOString().replace("Z", `${String(us).padStart(3, "0")}Z`);
        const line = formatHeartbeat({ at: written, n: String(n) });
        expect(line).toHaveLength(48);
        expect(parseHeartbeat(line)?.getTime()).toBe(at.getTime());
      },
    );
    fc.assert(property);
  });

  it.each(["", "2026-11-23T21:23:12.600054Z", "2026-11-23T21:23:12.600Z 0000000000000000021\n", "rubbish\n"])(
    "is unknown when the file holds %j",
    (text) => expect(parseHeartbeat(text)).toBeUndefined(),
  );
});
