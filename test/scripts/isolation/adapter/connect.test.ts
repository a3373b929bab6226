// One attempt to connect, by itself: what it says when it gets through, when it does not, and when it had to wait.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controlListener } from "../../../../scripts/isolation/adapter/control-listener";

const SCRIPT = readFileSync(
  path.resolve(__dirname, "../../../../scripts/isolation/adapter/connect.cjs"),
  "utf8",
);
/** Longer than the attempt's own limit. */
const STARVED = "\nfor (const end = Date.now() + 2300; Date.now() < end; );";

let listener: Awaited<ReturnType<typeof controlListener>>;
beforeAll(async () => {
  listener = await controlListener("a listener");
});
afterAll(() => listener.close());

const connection = async (to: object, after = ""): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", SCRIPT + after, JSON.stringify(to)]);
  return JSON.parse(stdout);
};

describe("an attempt to connect", () => {
  it("says that it was connected", async () => {
    const { host, port } = listener;
    expect(await connection({ host, port })).toEqual({ reached: true, detail: "connected" });
  });

  it("says so too when it got no processor until its limit had passed", async () => {
    const { host, port } = listener;
    expect(await connection({ host, port }, STARVED)).toEqual({ reached: true, detail: "connected" });
  });

  it("says why it was refused", async () => {
    expect(await connection({ path: path.join(__dirname, "none") })).toEqual({
      reached: false,
      detail: "ENOENT",
    });
  });
});
