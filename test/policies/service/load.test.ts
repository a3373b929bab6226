import { describe, expect, it } from "vitest";
import { figure } from "../../../policies/contract/contract";
import { loadContract } from "../../../policies/contract/load";
import { listPlatforms, loadIntegrations, loadPlatform } from "../../../policies/service/load";
import { problemsOf, ROOT, read, repository } from "../repository";

const filled = { sandbox: "/run/sandbox", socket: "/run/s", copies: "/run/copies" };
const SANDBOX = read("policies/service/platforms/sandbox.yaml");
const PAYMENT = read("policies/service/integrations/payment.yaml");

/** Loads `text` as platform `p`. */
function platform(text: string, substitutions: Readonly<Record<string, string>> = filled) {
  const root = repository({ "policies/service/platforms/p.yaml": text });
  return loadPlatform(root, "p", substitutions);
}

function integration(text: string) {
  return loadIntegrations(repository({ "policies/service/integrations/payment.yaml": text }));
}

describe("platforms", () => {
  it("the sandbox is one, with its placeholders filled", () => {
    expect(listPlatforms(ROOT)).toContain("sandbox");
    const { database, backups, copies, targets, environment } = loadPlatform(ROOT, "sandbox", filled);
    expect({ host: database.host, config: backups.config, copies, targets, environment }).toEqual({
      host: "/run/s",
      config: "/run/sandbox/pgbackrest/pgbackrest.conf",
      copies: "/run/copies",
      targets: { rto: 60, rpo: 5 },
      environment: "sandbox",
    });
  });

  it("one is added by one file: the example of the README", () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(read("policies/service/platforms/README.md"))?.[1] ?? "";
    const root = repository({
      "policies/service/platforms/exams.yaml": example,
      "policies/service/integrations/sms.yaml": "",
      "policies/service/integrations/e-invoice.yaml": "",
    });
    expect(listPlatforms(root)).toEqual(["exams"]);
    expect(loadPlatform(root, "exams", filled)).toMatchObject({
      name: "exams",
      environment: "prod",
      copies: "/run/copies",
    });
  });

  it("what is left out has the documented default", () => {
    const short = `name: p\nenvironment: prod\nsummary: s\ndatabase: { host: db }\nbackups: { stanza: x, config: /c }
schedule: { from: "01:00", to: "02:00" }\nrestoreWindow: { days: 7 }\ncopies: /copies\n`;
    const fix = figure(loadContract(ROOT), "SLA-P1", "fix")!;
    expect(platform(short)).toEqual({
      name: "p",
      environment: "prod",
      summary: "s",
      database: { adapter: "postgres", host: "db", port: 5432, user: "postgres", maintenance: "postgres" },
      backups: { adapter: "pgbackrest", stanza: "x", config: "/c", osUser: "postgres" },
      schedule: { timeZone: "Asia/Shanghai", from: "01:00", to: "02:00", maxAgeHours: 26 },
      restoreWindow: { days: 7 },
      targets: { rto: fix.value * 60, rpo: 5 },
      copies: "/copies",
      invariants: [],
    });
  });

  const good = SANDBOX.replace("name: sandbox", "name: p");
  it.each([
    [
      "a name that is not the file's",
      SANDBOX,
      [/p\.yaml:\d+:7: name: found "sandbox" \(expected "p", as the file is called\)/],
    ],
    [
      "an environment that is not one",
      good.replace("environment: sandbox", "environment: sanbox"),
      [/environment: found "sanbox" \(expected one of sandbox, .*did you mean "sandbox"/],
    ],
    [
      "a window that ends before it begins",
      good.replace('to: "05:00"', 'to: "01:00"'),
      [/to: 01:00 is not after 02:00/],
    ],
    [
      "a window outside the early morning",
      good.replace('to: "05:00"', 'to: "06:30"'),
      [/to: found "06:30" \(expected a time inside 00:00-06:00 \(clause DR-BACKUP\)\)/],
    ],
    [
      "no time of day",
      good.replace('from: "02:00"', 'from: "2am"'),
      [/from: found "2am" \(expected a time of day/],
    ],
    [
      "a backup that may be older than two nights",
      good.replace("maxAgeHours: 26", "maxAgeHours: 49"),
      [/maxAgeHours: found 49 \(expected at most 30 hours/],
    ],
    [
      "another zone",
      good.replace("Asia/Shanghai", "Asia/Shanghia"),
      [/timeZone: found "Asia\/Shanghia" \(expected one of Asia\/Shanghai; did you mean/],
    ],
    [
      "a relative path",
      good.replace(/config: .*?\//, "config: "),
      [/config: found "pgbackrest\/pgbackrest\.conf" \(expected an absolute path\)/],
    ],
    [
      "an unknown placeholder",
      good.replace(/^(copies: .)\{copies\}/m, "$1{copy}/x"),
      [/:25:9: unknown placeholder \$\{copy\} \(expected one of sandbox, socket, copies\)$/],
    ],
    [
      "a placeholder left open",
      good.replace(/^(copies: .)\{copies\}/m, "$1{copies"),
      [/unknown placeholder \$\{copies /],
    ],
    [
      "business hours that end before they begin",
      good.replace("role: learning_owner", 'businessHours: { from: "22:00", to: "08:00" }'),
      [/:31:40: to: 08:00 is not after 22:00 \(expected hours of one day\)$/],
    ],
    [
      "an integration that nobody declared",
      `${good}integrations: [smms]\n`,
      [/no integration is called smms/],
    ],
    ["an integration twice", `${good}integrations: [sms, sms]\n`, [/integrations/]],
    [
      "migrations outside the repository",
      good.replace("policies/service/migrations/sandbox", "../elsewhere"),
      [/directory: found "\.\.\/elsewhere" \(expected a directory of this repository/],
    ],
    [
      "an invariant that is no SELECT",
      `${good}  - { name: x, database: d, sql: DELETE FROM t }\n`,
      [/sql: found "DELETE FROM t" \(expected one SELECT/],
    ],
    [
      "an invariant that is two statements",
      `${good}  - { name: x, database: d, sql: "SELECT 1; DROP TABLE t" }\n`,
      [/sql: found "SELECT 1; DROP TABLE t" \(expected one SELECT without a semicolon/],
    ],
    [
      "an invariant twice",
      `${good}  - { name: invoice-within-its-payment, database: d, sql: SELECT 1 }\n`,
      [/invariant invoice-within-its-payment stands twice/],
    ],
    [
      "two misspelt properties at once",
      good.replace("stanza:", "stanz:").replace("copies:", "copis:"),
      [
        /"copies" is missing/,
        /unknown property "copis" .*did you mean "copies"/,
        /"stanza" is missing \(expected the name of a pgBackRest stanza\)/,
        /unknown property "stanz" .*did you mean "stanza"/,
      ],
    ],
  ])("refuse %s", (_, text, expected) => {
    expect(problemsOf(() => platform(text))).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  it("refuse a socket whose name would be too long for the kernel", () => {
    const long = { ...filled, socket: `/${"s".repeat(100)}` };
    expect(problemsOf(() => platform(good, long))).toEqual([
      expect.stringMatching(/host: the socket's name would have 115 bytes \(expected at most 107\)/),
    ]);
  });

  it("refuse an unknown name", () => {
    expect(problemsOf(() => loadPlatform(ROOT, "nowhere", {}))).toEqual([
      "policies/service/platforms/nowhere.yaml:1:1: there is no such file",
    ]);
  });
});

describe("integrations", () => {
  it("are declared for every outside system that the contract names", () => {
    const integrations = loadIntegrations(ROOT);
    expect(integrations.map(({ name }) => name)).toEqual([
      "customer-service-bot",
      "e-invoice",
      "payment",
      "sms",
      "wechat",
    ]);
    expect(integrations.every(({ endpoints }) => endpoints.sandbox === "witness")).toBe(true);
    expect(integrations.flatMap(({ clauses }) => clauses).sort()).toEqual([
      "MNT-BOT",
      "MNT-INVOICE",
      "MNT-OTHER",
      "MNT-PAYMENT",
      "MNT-SMS",
    ]);
  });

  it.each([
    [
      "a clause that the contract does not have",
      PAYMENT.replace("MNT-PAYMENT", "MNT-PAYMNT"),
      [/no clause MNT-PAYMNT in the contract .*did you mean "MNT-PAYMENT"/],
    ],
    [
      "an endpoint that is no URL",
      PAYMENT.replace("https://openapi.alipay.com", "openapi.alipay.com"),
      [/prod: found "openapi\.alipay\.com/],
    ],
    ["an endpoint in the clear", PAYMENT.replace("prod: https", "prod: http"), [/prod: found "http:/]],
    [
      "a URL with a password",
      PAYMENT.replace("https://openapi.alipay.com", "https://u:p@openapi.alipay.com"),
      [/the URL carries a credential \(/],
    ],
    [
      "a witness outside the sandbox",
      PAYMENT.replace(/prod: .*/, "prod: witness"),
      [/prod: found "witness"/],
    ],
    [
      "an unknown environment",
      PAYMENT.replace("staging:", "stage:"),
      [/unknown name "stage" \(expected one of sandbox, staging, prod, dr/],
    ],
    [
      "a day that does not exist",
      PAYMENT.replace("2027-06-30", "2027-06-31"),
      [/there is no day 2027-06-31/],
    ],
    [
      "a credential instead of its reference",
      PAYMENT.replace("kms:alipay-app-key", "MIIEvQ"),
      [/reference: .*expected a reference such as kms:/],
    ],
    [
      "a runbook that is not there",
      PAYMENT.replace("check-payment-channel", "check-payments"),
      [/no such file: runbooks\/procedures\/check-payments\.md/],
    ],
    [
      "an unknown kind",
      PAYMENT.replace("kind: payment", "kind: pay"),
      [/kind: found "pay" \(expected one of payment, e-invoice/],
    ],
  ])("refuse %s", (_, text, expected) => {
    expect(problemsOf(() => integration(text))).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  it("never print a credential that was put into a URL", () => {
    const text = PAYMENT.replace("https://openapi.alipay.com", "https://user:hunter2@openapi.alipay.com");
    expect(problemsOf(() => integration(text)).join("\n")).not.toContain("hunter2");
  });

  it("report the problems of all files at once", () => {
    const root = repository({
      "policies/service/integrations/payment.yaml": PAYMENT.replace("MNT-PAYMENT", "MNT-X"),
      "policies/service/integrations/sms.yaml": "name: sms\nname: sms\n",
    });
    const files = problemsOf(() => loadIntegrations(root)).map((problem) => problem.split(":")[0]);
    expect(new Set(files)).toEqual(
      new Set(["policies/service/integrations/payment.yaml", "policies/service/integrations/sms.yaml"]),
    );
  });
});
