// Many processes that append to one ledger at once: nobody is turned away, and nothing is lost. Six of them: `npm test`.
import { it } from "vitest";
import { expectAllAppend } from "../scripts/evidence/adapter/fixture";

it("twenty processes append three times each, and nothing is left of their waiting", () =>
  expectAllAppend(20, 3));
