// Drill reports as pages, Markdown and terminal text: structure, honesty at first glance, and data that never breaks out.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { columnsOf } from "../../../../scripts/core/text/text";
import { renderHtml } from "../../../../scripts/drill/report/html";
import { WORDS } from "../../../../scripts/drill/report/languages";
import { escapeMarkdown, renderMarkdown } from "../../../../scripts/drill/report/markdown";
import type { DrillReport } from "../../../../scripts/drill/report/model";
import { checkInChinese, SCENARIOS } from "../../../../scripts/drill/report/names-zh";
import { renderTerminal } from "../../../../scripts/drill/report/terminal";
import type { Language } from "../../../../scripts/drill/report/words";
import { RESTORE_CHECKS } from "../../../../scripts/restore/restore-run";
import { hostileReport, hostileText } from "../../core/text/hostile";
import { elementsOf } from "../../core/text/wellformed";
import { FAILED, PASSED, UNCLEAR } from "./samples";

/** With the names that a real drill's isolation checks and scenarios have. */
const chinese = (report: DrillReport): DrillReport => ({
  ...report,
  scenarios: report.scenarios.map((scenario, index) => ({
    ...scenario,
    name: Object.keys(SCENARIOS)[index]!,
  })),
  isolation: report.isolation.map((check, index) => ({
    ...check,
    name: `isolation-${["no-way-out", "source", "payment", "repository"][index]}`,
  })),
});

const ESCAPE = String.fromCharCode(27);
const LANGUAGES: Language[] = ["en", "zh"];
/** The elements that the renderer itself writes; anything else came out of data. */
const OURS = new Set(
  "html head meta title style body main header section h1 h2 h3 p span ul li dl div dt dd code table thead tbody tr th td figure figcaption svg g line rect text tspan".split(
    " ",
  ),
);

describe("renderHtml", () => {
  it.each(LANGUAGES)("is one complete page in %s that fetches nothing", (lang) => {
    const page = renderHtml(PASSED, { lang });
    const elements = elementsOf(page);
    expect(elements.filter((name) => name === "section")).toHaveLength(lang === "zh" ? 10 : 9);
    expect(elements).toContain("svg");
    expect(page).not.toMatch(/<script|<link|<img|url\(|@import|https?:\/\/|\ssrc=|\sstyle=/);
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).toContain("@media print");
  });

  it.each([
    [
      "en",
      'lang="en"',
      ["Restore drill report", "Recovery time, measured", "Promised RTO 1 h", "Isolation", "Evidence"],
    ],
    [
      "zh",
      'lang="zh-CN"',
      [
        "恢复演练报告",
        "实测恢复时间",
        "承诺恢复时间（RTO） 1 小时",
        "承诺数据丢失上限（RPO） 5 分",
        "校验项",
        "隔离验证",
        "证据",
      ],
    ],
  ] as const)("speaks %s", (lang, attribute, terms) => {
    const page = renderHtml(PASSED, { lang });
    expect(page).toContain(attribute);
    for (const term of terms) expect(page).toContain(term);
  });

  it.each(LANGUAGES)("says first in %s that it is a sandbox, and only of one", (lang) => {
    const { sandbox } = WORDS[lang];
    const page = renderHtml(PASSED, { lang });
    expect(page.indexOf(sandbox)).toBeGreaterThan(page.indexOf("<main>"));
    expect(page.indexOf(sandbox)).toBeLessThan(page.indexOf("<h1>"));
    expect(renderHtml({ ...PASSED, environment: "prod" }, { lang })).not.toContain(sandbox);
  });

  it.each(LANGUAGES)("quotes the clause in %s and is made for A4", (lang) => {
    const page = renderHtml(PASSED, { lang });
    expect(page).toContain("出现异常状况后，系统能够及时还原至指定日期正常运行状态。");
    expect(page).toContain("DR-RESTORE");
    expect(page).toContain("size: A4");
  });

  it("is Chinese throughout in Chinese: English stands only where it is labelled as a machine's", () => {
    for (const report of [PASSED, FAILED, UNCLEAR]) {
      const text = renderHtml(chinese(report), { lang: "zh" })
        .replace(/<style>[\s\S]*?<\/style>/g, "")
        .replace(/<section id="appendix">[\s\S]*?<\/section>/, "")
        .replace(/<code>.*?<\/code>|<span lang="en">.*?<\/span>|<span class="quiet utc">.*?<\/span>/g, "")
        .replace(/（机器记录：.*?）/g, "")
        .replace(/<[^>]*>/g, " ");
      const words = text.match(/[A-Za-z][A-Za-z']{2,}/g) ?? [];
      const allowed = [
        "RTO",
        "RPO",
        "LSN",
        "SHA",
        "sandbox",
        "RESTORE",
        "li",
        "wei",
        "postgres",
        "pgbackrest",
        "node",
      ];
      expect(words.filter((word) => !allowed.includes(word))).toEqual([]);
    }
  });

  it("keeps every detail of a check in the appendix, labelled", () => {
    const page = renderHtml(FAILED, { lang: "zh" });
    const appendix = page.slice(page.indexOf('id="appendix"'));
    expect(appendix).toContain("机器记录（英文原文）");
    for (const { checks } of FAILED.scenarios)
      for (const { name } of checks) expect(appendix).toContain(name);
    expect(appendix).toContain("3 rows differ");
  });

  it("knows every check of a restore test, of a drill and of isolation in Chinese", () => {
    const names = [
      ...RESTORE_CHECKS.map(({ name }) => name),
      ...["restore", "wal-fetched", "rto-target", "rpo-target"],
      ...["no-way-out", "source", "repository", "repository-2", "payment", "sms"].map(
        (of) => `isolation-${of}`,
      ),
    ];
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => checkInChinese(name) === undefined)).toEqual([]);
    for (const name of names) expect(WORDS.zh.name(`a: ${name}`)).toMatch(/^a: [^a-z]*[\u4e00-\u9fff]/);
    expect(checkInChinese("something-new")).toBeUndefined();
  });

  it.each([
    [PASSED, "pass", "✓ Pass"],
    [FAILED, "fail", "✗ Fail"],
    [UNCLEAR, "inconclusive", "? Inconclusive"],
  ])("shows its verdict first (%#)", (report, tone, title) => {
    const page = renderHtml(report, { lang: "en" });
    expect(page).toContain(`<title>${title}`);
    expect(page.indexOf(`class="verdict ${tone}"`)).toBeGreaterThan(0);
    expect(page.indexOf(`class="verdict ${tone}"`)).toBeLessThan(page.indexOf('class="figures"'));
  });

  it("gives the reasons of a failure at the top", () => {
    const top = renderHtml(FAILED, { lang: "en" }).split('class="figures"')[0];
    expect(top).toContain("Scenario b: RTO 13.7 s misses the target of 12 s");
    expect(top).toContain("3 rows differ");
    expect(top).toContain("Scenario c: no RTO was measured");
  });

  it("marks the target RTO on the timeline when it is in range, and says so when it is not", () => {
    expect(renderHtml(FAILED, { lang: "en" })).toContain('class="target"');
    const far = renderHtml(PASSED, { lang: "en" });
    expect(far).not.toContain('class="target"');
    expect(far).toContain("RTO target 1 h, beyond this axis");
  });

  it("labels instants in Asia/Shanghai and UTC", () => {
    const page = renderHtml(PASSED, { lang: "en" });
    expect(page).toContain("2026-11-23 10:29:41 Asia/Shanghai");
    expect(page).toContain("2026-11-23T02:29:41.000Z");
    expect(page).toContain("10:30:04 – 10:30:18");
  });

  it("stays well-formed whatever the data says", () => {
    fc.assert(
      fc.property(hostileReport, fc.constantFrom(...LANGUAGES), (report, lang) => {
        for (const name of elementsOf(renderHtml(report, { lang }))) expect(OURS).toContain(name);
      }),
    );
  });
});

describe("renderMarkdown", () => {
  it.each([
    [PASSED, "## ✅ Restore drill report: Pass"],
    [FAILED, "## ❌ Restore drill report: Fail"],
    [UNCLEAR, "## ⚠️ Restore drill report: Inconclusive"],
  ])("begins with the verdict (%#)", (report, heading) => {
    expect(renderMarkdown(report).split("\n")[0]).toBe(heading);
  });

  it("opens only the scenarios that did not pass", () => {
    const markdown = renderMarkdown(FAILED);
    expect(markdown.match(/<details>/g)).toHaveLength(1);
    expect(markdown.match(/<details open>/g)).toHaveLength(2);
  });

  it("lets no tag, mention, link or column out of the data", () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const markdown = renderMarkdown(report);
        const tags = new Set(markdown.match(/<[^>]*>?/g));
        for (const tag of tags) {
          expect(["<details>", "<details open>", "<summary>", "</summary>", "</details>"]).toContain(tag);
        }
        expect(markdown).not.toMatch(/@|:\/\//);
        const rows = markdown.split("\n\n").filter((block) => block.startsWith("| "));
        for (const table of rows) {
          expect(new Set(table.split("\n").map((row) => row.split("|").length)).size).toBe(1);
        }
      }),
    );
  });

  it("escapes what Markdown would read", () => {
    expect(escapeMarkdown("a_b*c`d`[e](f)|g<h>")).toBe("a\\_b\\*c\\`d\\`\\[e\\](f)&#124;g&lt;h&gt;");
  });
});

describe("renderTerminal", () => {
  it("has the phases with bars, RTO and RPO against target, every check and the evidence", () => {
    const text = renderTerminal(PASSED, { color: false, width: 100 });
    expect(text).toMatch(/^✓ PASS {2}Learning platform/);
    expect(text).toContain("Target: RTO 1 h, RPO 5 min; predicted RTO 9.6 s");
    expect(text).toMatch(/│ restore +│ 200 ms +│ 5\.1 s +│ ━+·+ │/);
    for (const check of PASSED.scenarios[0]!.checks) expect(text).toContain(check.name);
    expect(text).toContain("2026-11-23/000012.dsse.json");
    expect(text).not.toContain(ESCAPE);
  });

  it("looks failed when it failed", () => {
    const text = renderTerminal(FAILED, { color: true, width: 80 });
    expect(text.split("\n")[0]).toContain("✗ FAIL");
    expect(text).toContain(`${ESCAPE}[31m`);
    expect(text).toContain("13.7 s target missed");
  });

  it("keeps to the width of the terminal", () => {
    for (const report of [PASSED, FAILED, UNCLEAR]) {
      for (const line of renderTerminal(report, { color: true, width: 100 }).split("\n")) {
        expect(columnsOf(line)).toBeLessThanOrEqual(100);
      }
    }
  });

  it("lets no control sequence through", () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect(renderTerminal(report, { color: false, width: 80 })).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
  });
});

test("hostile texts do contain what must not get out", () => {
  const sample = fc.sample(hostileText, 300).join("");
  for (const needle of ["<script>", ESCAPE, "@everyone"]) expect(sample).toContain(needle);
});
