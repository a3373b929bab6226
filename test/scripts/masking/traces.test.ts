// Which files of a data directory no relation owns.
import { expect, it } from "vitest";
import { isLeftover } from "../../../scripts/masking/traces";

const OWN = [{ database: "16384", files: new Set(["16399", "1259"]) }];

it.each([
  ["base/16384/16399", false],
  ["base/16384/16399_fsm", false],
  ["base/16384/16399_init", false],
  ["base/16384/16399.12", false],
  ["base/16384/16399_vm.1", false],
  ["base/16384/PG_VERSION", false],
  ["base/16384/pg_filenode.map", false],
  ["pg_tblspc/16500/PG_15_202209061/16384/16399", false],
  ["base/16384/16400", true],
  ["base/16384/16400.1", true],
  ["base/16384/t3_16399", true],
  ["base/16384/notes.txt", true],
  ["pg_tblspc/16500/PG_15_202209061/16384/7", true],
  // Of a database that nobody looked at nothing is known.
  ["base/4/16400", false],
])("%s is left over: %s", (file, left) => {
  expect(isLeftover(file, OWN)).toBe(left);
});
