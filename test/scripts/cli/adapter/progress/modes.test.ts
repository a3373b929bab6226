// Progress where nobody watches: logs, GitHub Actions, machines, and people who want only the outcome.
import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../../../../../scripts/cli/adapter/progress/json";
import type { Check } from "../../../../../scripts/core/evidence";
import { bench, gate } from "./bench";

const ESCAPE = String.fromCharCode(27);
const PASSED: Check = { name: "freshness", verdict: "pass", detail: "8 h old", seconds: 0.1 };
const FAILED: Check = { name: "content", verdict: "fail", detail: "100% wrong:\n3 rows, expected 4" };
const UNCLEAR: Check = { name: "schema", verdict: "inconclusive", detail: "no checkpoint" };

describe("plain", () => {
  it("writes one line at a phase's start and one at its end, nested ones indented, all on standard error", async () => {
    const { progress, clock, lines } = bench({ mode: "plain" });
    await progress.phase("drill", async () => {
      await progress.phase("restore", async () => {
        clock.seconds += 5.1;
      });
      progress.check(PASSED);
    });
    progress.print("done");
    expect(lines("stderr")).toEqual([
      "→ drill",
      "  → restore",
      "  ✓ restore                  5.1 s",
      "  ✓ freshness                8 h old  100 ms",
      "✓ drill                    5.1 s",
    ]);
    expect(lines("stdout")).toEqual(["done"]);
  });

  it("says how far a phase is at most every ten seconds", async () => {
    const { progress, clock, lines } = bench({ mode: "plain" });
    await progress.phase("restore", async (phase) => {
      for (let second = 0; second <= 25; second++) {
        phase.update(second * 1024 ** 2, 100 * 1024 ** 2);
        clock.seconds++;
      }
    });
    const notes = lines("stderr").filter((line) => line.startsWith("…"));
    expect(notes).toEqual([
      "… restore  10 %  10 MiB of 100 MiB  1 MiB/s  1 min 30 s left",
      "… restore  20 %  20 MiB of 100 MiB  1 MiB/s  1 min 20 s left",
    ]);
  });

  it("repeats the name of the outer phase when phases run at once", async () => {
    const { progress, lines } = bench({ mode: "plain" });
    const [a, b] = [gate(), gate()];
    const both = Promise.all(
      [a, b].map(({ opened }, index) =>
        progress.phase(`s${index}`, () => progress.phase("restore", () => opened)),
      ),
    );
    a.open();
    b.open();
    await both;
    const text = lines("stderr").map((line) => line.trimEnd());
    expect(text.slice(4)).toEqual([
      "· s0",
      "  ✓ restore                  0 s",
      "· s1",
      "  ✓ restore                  0 s",
      "✓ s0                       0 s",
      "✓ s1                       0 s",
    ]);
  });

  it("drops what a phase reports after it has ended", async () => {
    const { progress, clock, written } = bench({ mode: "plain" });
    let late = (): void => undefined;
    await progress.phase("restore", async (phase) => {
      late = () => phase.note("late");
    });
    clock.seconds += 60;
    late();
    expect(written.stderr).not.toContain("late");
  });

  it("lets no control sequence of the data through", async () => {
    const { progress, written } = bench({ mode: "plain" });
    await progress.phase(`a${ESCAPE}[2Jb`, async () => progress.say("info", `x${ESCAPE}]0;y\nz`));
    expect(written.stderr).not.toContain(ESCAPE);
    expect(written.stderr).toContain("x�]0;y z");
  });
});

describe("plain in GitHub Actions", () => {
  it("groups outermost phases, annotates warnings and checks that did not pass", async () => {
    const { progress, lines, written } = bench({ mode: "plain", github: true });
    await progress.phase("drill: 50%", async () => {
      await progress.phase("restore", async () => undefined);
      progress.check(FAILED);
      progress.check(UNCLEAR);
    });
    progress.say("warn", "8 d ago");
    expect(lines("stdout")).toEqual([
      "::group::drill: 50%25",
      "→ drill: 50%",
      "  → restore",
      "  ✓ restore                  0 s",
      "  ✗ content                  100% wrong: 3 rows, expected 4",
      "::error title=content%3A fail::100%25 wrong: 3 rows, expected 4",
      "  ? schema                   no checkpoint",
      "::warning title=schema%3A inconclusive::no checkpoint",
      "✓ drill: 50%               0 s",
      "::endgroup::",
      "::warning::8 d ago",
    ]);
    expect(written.stderr).toBe("");
  });

  it("never nests groups, and closes the one that is open", async () => {
    const { progress, lines } = bench({ mode: "plain", github: true });
    const { opened, open } = gate();
    const running = Promise.all(["a", "b"].map((name) => progress.phase(name, () => opened)));
    progress.close();
    open();
    await running;
    expect(lines("stdout").filter((line) => line.includes("group"))).toEqual(["::group::a", "::endgroup::"]);
  });

  it("obeys no command that data holds", () => {
    const { progress, lines } = bench({ mode: "plain", github: true });
    progress.say("info", "::error::forged");
    progress.say("info", "see ##[error]forged");
    progress.check({ name: "a,b:c", verdict: "fail", detail: "x\r\n::warning::y" });
    progress.print("::error::forged\n::stop-commands::guess");
    const [first, second, , annotation, stop, ...rest] = lines("stdout");
    expect(first?.trim()).toBe(": :error::forged");
    expect(second?.trim()).toBe("see ## [error]forged");
    expect(annotation).toBe("::error title=a%2Cb%3Ac%3A fail::x ::warning::y");
    const token = /^::stop-commands::([0-9a-f-]{36})$/.exec(stop ?? "")?.[1];
    expect(token).toBeDefined();
    expect(rest).toEqual(["::error::forged", "::stop-commands::guess", `::${token}::`]);
  });
});

describe("json", () => {
  it("writes one object a line: phases with ids and parents, checks, findings, output", async () => {
    const { progress, clock, lines, written } = bench({ mode: "json" });
    await progress.phase("drill", async () => {
      await progress.phase("restore", async (phase) => {
        phase.update(0, 400);
        clock.seconds += 2;
        phase.update(200, 400);
        phase.update(201, 400);
      });
      progress.check(PASSED);
    });
    await progress.phase("fails", () => Promise.reject(new Error("x"))).catch(() => undefined);
    progress.say("warn", "w");
    progress.print("table\n");
    const events = lines("stdout").map((line) => JSON.parse(line) as ProgressEvent);
    const restore = { type: "phase", id: 2, parent: 1, name: "restore" };
    expect(events).toEqual([
      { type: "phase", event: "start", at: 0, id: 1, parent: null, name: "drill" },
      { ...restore, event: "start", at: 0 },
      { ...restore, event: "progress", at: 0, seconds: 0, done: 0, total: 400, unit: "B" },
      {
        ...restore,
        event: "progress",
        at: 2,
        seconds: 2,
        done: 200,
        total: 400,
        unit: "B",
        rate: 100,
        remaining: 2,
      },
      {
        ...restore,
        event: "end",
        at: 2,
        seconds: 2,
        ok: true,
        done: 201,
        total: 400,
        unit: "B",
        rate: 100.5,
      },
      { type: "check", at: 2, phase: 1, ...PASSED },
      { type: "phase", event: "end", at: 2, id: 1, parent: null, name: "drill", seconds: 2, ok: true },
      { type: "phase", event: "start", at: 2, id: 3, parent: null, name: "fails" },
      { type: "phase", event: "end", at: 2, id: 3, parent: null, name: "fails", seconds: 0, ok: false },
      { type: "say", at: 2, level: "warn", text: "w", phase: null },
      { type: "output", at: 2, text: "table\n" },
    ]);
    expect(written.stderr).toBe("");
  });
});

describe("quiet", () => {
  it("writes only warnings, errors, checks that did not pass, and what is printed", async () => {
    const { progress, lines } = bench({ mode: "quiet" });
    await progress.phase("drill", async (phase) => {
      phase.update(1, 2);
      for (const check of [PASSED, FAILED, UNCLEAR]) progress.check(check);
      progress.say("info", "i");
      progress.say("warn", "w");
      progress.say("error", "e");
    });
    progress.print("verdict: fail");
    expect(lines("stderr")).toEqual([
      "✗ content                  100% wrong: 3 rows, expected 4",
      "? schema                   no checkpoint",
      "! w",
      "✗ e",
    ]);
    expect(lines("stdout")).toEqual(["verdict: fail"]);
  });
});
