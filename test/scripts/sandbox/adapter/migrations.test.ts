import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../../../scripts/sandbox/adapter/migrations";

const files = readdirSync(MIGRATIONS).sort();
const code = (file: string): string =>
  readFileSync(path.join(MIGRATIONS, file), "utf8").replace(/--.*$/gm, "");

describe("migrations", () => {
  it("are numbered without gaps", () => {
    expect(files.map((file) => Number(file.slice(0, 3)))).toEqual(files.map((_, index) => index + 1));
  });

  it.each(files.filter((file) => file.includes("fill")))(
    "%s draws nothing from chance or from the clock",
    (file) => {
      expect(code(file)).not.toMatch(/\brandom\b|gen_random|\bnow\(|_timestamp\(|current_(date|time)/i);
    },
  );
});
