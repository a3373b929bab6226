// Text that is pasted into a shell or psql: names stay names.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { connectCommand, holdsControls, shellWord } from "../../../../scripts/core/text/pasted";

describe("a word of a shell", () => {
  it.each(["/srv/copy", "/srv/it's", "a b", "$(touch /tmp/x)", "`id`", "a\nb", "'", ""])("%j", (text) => {
    expect(execFileSync("/bin/sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" })).toBe(text);
  });
});

describe("psql's \\connect", () => {
  it.each([
    ["learning", "\\connect learning"],
    ["host=evil", `\\connect -reuse-previous=on "dbname='host=evil'"`],
    ["postgresql://evil/x", `\\connect -reuse-previous=on "dbname='postgresql://evil/x'"`],
    [`a"b`, `\\connect -reuse-previous=on "dbname='a""b'"`],
    ["a'b\\c", `\\connect -reuse-previous=on "dbname='a\\'b\\\\c'"`],
    ["学院", `\\connect -reuse-previous=on "dbname='学院'"`],
  ])("to %j", (name, command) => {
    expect(connectCommand(name)).toBe(command);
  });

  it.each(["x\n\\! id\n", "x\r", "\u001b[2J", "x\u2028y"])("is not told %j", (name) => {
    expect(holdsControls(name)).toBe(true);
    expect(() => connectCommand(name)).toThrow(RangeError);
  });
});
