// Progress on a terminal, as a person sees it.
import { spawnSync } from "node:child_process";
import path from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createProgress } from "../../../../../scripts/cli/adapter/progress";
import { columnsOf } from "../../../../../scripts/core/text/text";
import { bench, gate } from "./bench";
import { Screen } from "./screen";

const ESCAPE = String.fromCharCode(27);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Standard output and error on one screen, as on a real terminal. */
function terminal(columns = 100) {
  const screen = new Screen();
  const clock = { seconds: 0 };
  const stream = { write: (text: string) => screen.write(text), columns, rows: 24 };
  const progress = createProgress({
    mode: "tty",
    stdout: stream,
    stderr: stream,
    color: true,
    now: () => clock.seconds,
  });
  closers.push(() => progress.close());
  return { screen, clock, progress };
}

/** Without the turning spinner. */
function still(lines: string[]): string[] {
  return lines.map((line) => line.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u, "*"));
}

describe("tty", () => {
  it("shows a running phase with throughput and remaining time, then its result for good", async () => {
    const { screen, clock, progress } = terminal();
    await progress.phase("restore", async (phase) => {
      phase.update(0, 4 * 1024 ** 3);
      clock.seconds = 5;
      phase.update(1024 ** 3, 4 * 1024 ** 3);
      phase.note("base/16384");
      progress.say("info", "half time");
      expect(still(screen.text())).toEqual([
        "· restore",
        "    half time",
        "* restore  5 s  25 %  1 GiB of 4 GiB  205 MiB/s  15 s left  base/16384",
      ]);
      expect(screen.cursorShown).toBe(false);
      clock.seconds = 20;
      phase.update(4 * 1024 ** 3, 4 * 1024 ** 3);
    });
    expect(screen.text().at(-1)).toBe("✓ restore                  20 s  4 GiB  205 MiB/s");
    expect(screen.cursorShown).toBe(true);
  });

  it("returns the body's result, and marks and rethrows its failure", async () => {
    const { screen, progress } = terminal();
    expect(await progress.phase("one", async () => 7)).toBe(7);
    const failure = new Error("disk full");
    await expect(progress.phase("two", () => Promise.reject(failure))).rejects.toBe(failure);
    expect(screen.text()).toEqual(["✓ one                      0 s", "✗ two                      0 s"]);
  });

  it("indents nested phases, keeps those of phases at once under their own name", async () => {
    const { screen, progress } = terminal();
    const [a, b] = [gate(), gate()];
    const scenario = (name: string, until: Promise<void>) =>
      progress.phase(name, async () => {
        await progress.phase("restore", () => until);
        progress.check({ name: "content", verdict: "pass", detail: "31 tables equal" });
      });
    const both = Promise.all([scenario("a", a.opened), scenario("b", b.opened)]);
    expect(still(screen.text())).toEqual(["* a  0 s", "  * restore  0 s", "* b  0 s", "  * restore  0 s"]);
    b.open();
    await new Promise(setImmediate);
    a.open();
    await both;
    expect(screen.text()).toEqual([
      "· b",
      "  ✓ restore                  0 s",
      "  ✓ content                  31 tables equal",
      "✓ b                        0 s",
      "· a",
      "  ✓ restore                  0 s",
      "  ✓ content                  31 tables equal",
      "✓ a                        0 s",
    ]);
  });

  it("cuts live lines to the width, however long and wide names are", async () => {
    const { screen, progress } = terminal(40);
    await progress.phase("还原数据文件 ".repeat(9), async () => {
      expect(screen.text()).toHaveLength(1);
      expect(screen.text()[0]).toMatch(/…$/);
      expect(columnsOf(screen.text()[0] ?? "")).toBeLessThan(40);
    });
  });

  it("turns its spinner", async () => {
    const { screen, progress } = terminal();
    await progress.phase("wait", async () => {
      const before = screen.text()[0];
      await expect.poll(() => screen.text()[0], { timeout: 3000 }).not.toBe(before);
    });
  });

  it("uses no colour when told so", async () => {
    const { progress, written } = bench({ mode: "tty" });
    await progress.phase("restore", async () => progress.say("error", "no"));
    progress.close();
    expect(written.stderr).not.toMatch(new RegExp(`${ESCAPE}\\[[0-9;]*m`));
  });

  it("clears the live lines and gives the cursor back at close, and draws nothing live after it", async () => {
    const { screen, progress } = terminal();
    const { opened, open } = gate();
    const running = progress.phase("restore", () => opened);
    progress.close();
    expect(screen.text()).toEqual([]);
    expect(screen.cursorShown).toBe(true);
    await progress.phase("late", async () => expect(screen.text()).toEqual([]));
    open();
    await running;
    expect(screen.text()).toHaveLength(2);
  });

  it("gives the cursor back when the program exits in the middle of a phase", () => {
    const root = path.resolve(__dirname, "../../../../..");
    const fixture = path.join(__dirname, "exits-in-phase.ts");
    const run = spawnSync(process.execPath, ["--import", "tsx", fixture], { cwd: root, encoding: "utf8" });
    expect(run.status).toBe(3);
    expect(run.stderr).toContain(`${ESCAPE}[?25l`);
    expect(run.stderr.endsWith(`${ESCAPE}[?25h`)).toBe(true);
  });

  const step = fc.oneof(
    fc.record({ kind: fc.constant("start" as const), nested: fc.boolean() }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat(5) }),
    fc.record({ kind: fc.constant("say" as const) }),
    fc.record({ kind: fc.constant("print" as const) }),
    fc.record({ kind: fc.constant("tick" as const) }),
  );

  it("never mixes lines: whatever the order, every finished line is there once, whole and in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { screen, clock, progress } = terminal();
        const open: { name: string; open: () => void; done: Promise<void> }[] = [];
        const expected: string[] = [];
        for (const [index, { kind, ...more }] of steps.entries()) {
          const name = `n${index}.`;
          if (kind === "start") {
            const { opened, open: release } = gate();
            const inner = () => progress.phase(name, () => opened);
            const nested = "nested" in more && more.nested;
            open.push({ name, open: release, done: nested ? progress.phase(`o${index}.`, inner) : inner() });
          } else if (kind === "end") {
            const [ending] = open.splice(("which" in more ? more.which : 0) % Math.max(1, open.length), 1);
            if (!ending) continue;
            ending.open();
            await ending.done;
            expected.push(`✓ ${ending.name}`);
          } else if (kind === "tick") clock.seconds += 1;
          else {
            if (kind === "say") progress.say("warn", name);
            else progress.print(`${name}\n`);
            expected.push(name);
          }
        }
        for (const { open: release, done } of open) {
          release();
          await done;
        }
        progress.close();
        const lines = screen.text();
        const places = expected.map((text) =>
          lines.findIndex((line) => line.includes(text) && !line.startsWith("·")),
        );
        expect(places).not.toContain(-1);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        for (const line of lines) expect(line).toMatch(/^( *✓ [no]\d+\. +\d.*|! n\d+\.|n\d+\.| *· o\d+\.)$/);
      }),
      { numRuns: 60 },
    );
  });
});
