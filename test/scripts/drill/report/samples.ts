// Drill reports for tests: one that passed, one that failed in several ways, one that could not tell.
import type { Check } from "../../../../scripts/core/evidence";
import type { DrillReport, Scenario } from "../../../../scripts/drill/report/model";

const at = (time: string): Date => new Date(`2026-11-23T${time}Z`);

function ok(name: string, detail: string, seconds: number): Check {
  return { name, verdict: "pass", detail, seconds };
}

const CHECKS: Check[] = [
  ok("freshness", "newest backup finished 8 h 12 min ago; at most 26 h is allowed", 0.01),
  ok("repository-integrity", "pgBackRest verify: status ok, 1 412 files", 2.4),
  ok(
    "wal-contiguity",
    "17 segments from 0000000100000000000000A3 to 0000000100000000000000B3, none missing, none twice",
    0.03,
  ),
  ok("recovery-target", "recovery stopped at the target; no FATAL in the log", 0.2),
  ok("page-checksums", "402 113 blocks read, none bad", 1.9),
  ok("content-equality", "31 of 31 tables equal, 6 480 112 rows", 1.4),
  ok("sequences", "14 sequences, none behind, at most 32 ahead", 0.02),
  { name: "amcheck", verdict: "not-applicable", detail: "pg_amcheck is not installed with this server" },
];

function scenario(id: string, more: Partial<Scenario>): Scenario {
  return {
    id,
    name: "the last checkpoint",
    started: at("02:30:04"),
    target: {
      kind: "restore-point",
      name: "cp-20261123t022801-9xq2",
      lsn: "0/B3000A28",
      at: at("02:28:01.250"),
    },
    backup: "20261122-181502F_20261122-221501I",
    phases: [
      { name: "restore", startSeconds: 0.2, seconds: 5.1, recovery: true },
      { name: "recovery", startSeconds: 5.3, seconds: 2.6, recovery: true },
      { name: "promote", startSeconds: 7.9, seconds: 0.3, recovery: true },
      { name: "verify", startSeconds: 8.2, seconds: 6.4, recovery: false },
    ],
    rtoSeconds: 8.2,
    rpoSeconds: undefined,
    verdict: "pass",
    checks: CHECKS,
    ...more,
  };
}

export const PASSED: DrillReport = {
  id: "20261123t023004-k3f9",
  title: "Learning platform, sandbox: three restores in isolation",
  environment: "sandbox",
  platform: "sandbox",
  clauses: [
    {
      id: "DR-RESTORE",
      source: "四",
      original: "出现异常状况后，系统能够及时还原至指定日期正常运行状态。",
      obligation: "System restored in time to the normal state of a given date",
    },
  ],
  started: at("02:29:58"),
  finished: at("02:31:12"),
  verdict: "pass",
  gitCommit: "a9b2731c4d0f88b1e6a2f3d4c5b6a7980f1e2d3c",
  actor: "li.wei",
  targets: { rtoSeconds: 3600, rpoSeconds: 300 },
  predictedRtoSeconds: 9.6,
  scenarios: [
    scenario("a", {}),
    scenario("b", {
      name: "the moment before an UPDATE without WHERE",
      started: at("02:30:22"),
      target: { kind: "time", at: at("02:29:41") },
      phases: [
        { name: "restore", startSeconds: 0.3, seconds: 5.6, recovery: true },
        { name: "recovery", startSeconds: 5.9, seconds: 4.1, recovery: true },
        { name: "content-equality", startSeconds: 6.5, seconds: 1.2, recovery: false },
        { name: "promote", startSeconds: 10, seconds: 0.3, recovery: true },
        { name: "verify", startSeconds: 10.3, seconds: 7.7, recovery: false },
      ],
      rtoSeconds: 10.3,
    }),
    scenario("c", {
      name: "latest, after the source was killed and its WAL made unreachable",
      started: at("02:30:44"),
      target: { kind: "latest" },
      rtoSeconds: 8.2,
      rpoSeconds: 1.04,
    }),
  ],
  isolation: [
    ok("no-way-out", "no interface is up inside, no route; outside: eth0", 0.05),
    ok("source-unreachable", "socket of the source: refused inside, answered outside", 0.11),
    ok("payment", "127.0.0.1:39211: unreachable inside, connected outside", 0.1),
    ok("repository-read-only", "write inside: Read-only file system; outside: written", 0.02),
  ],
  previous: {
    started: new Date("2026-11-16T02:30:01Z"),
    scenarios: [
      {
        id: "a",
        rtoSeconds: 6.1,
        rpoSeconds: undefined,
        phases: [
          { name: "restore", seconds: 3.2 },
          { name: "recovery", seconds: 2.5 },
          { name: "promote", seconds: 0.3 },
          { name: "verify", seconds: 9.9 },
        ],
      },
      {
        id: "c",
        rtoSeconds: 8.0,
        rpoSeconds: 0.98,
        phases: [
          { name: "restore", seconds: 5.2 },
          { name: "recovery", seconds: 2.5 },
          { name: "teardown", seconds: 0.4 },
        ],
      },
    ],
  },
  evidence: {
    file: "2026-11-23/000012.dsse.json",
    sha256: "9f2c1e4ab8d07f6655443322110ffeeddccbbaa99887766554433221100ffee0",
  },
  tools: { postgres: "15.14", pgbackrest: "2.45", node: "20.20.2" },
};

export const FAILED: DrillReport = {
  ...PASSED,
  verdict: "fail",
  targets: { rtoSeconds: 12, rpoSeconds: 5 },
  scenarios: [
    scenario("a", {}),
    scenario("b", {
      name: "the moment before a DROP TABLE",
      started: at("02:30:22"),
      target: { kind: "time", at: at("02:29:41") },
      phases: [
        { name: "restore", startSeconds: 0.3, seconds: 9.6, recovery: true },
        { name: "recovery", startSeconds: 9.9, seconds: 3.5, recovery: true },
        { name: "promote", startSeconds: 13.4, seconds: 0.3, recovery: true },
        { name: "verify", startSeconds: 13.7, seconds: 2.7, recovery: false },
      ],
      rtoSeconds: 13.7,
      verdict: "fail",
      checks: [
        ...CHECKS.slice(0, 5),
        {
          name: "content-equality",
          verdict: "fail",
          detail:
            "public.study_record: 3 rows differ in bucket 0x1f (expected 1 204 881 rows, found 1 204 878); 30 of 31 tables equal",
          seconds: 1.4,
        },
        {
          name: "sequences",
          verdict: "inconclusive",
          detail: "the checkpoint holds no sequences to compare with",
        },
      ],
    }),
    scenario("c", {
      name: "latest, after the source was killed and its WAL made unreachable",
      started: at("02:30:44"),
      target: { kind: "latest" },
      backup: undefined,
      phases: [],
      rtoSeconds: undefined,
      rpoSeconds: undefined,
      verdict: "inconclusive",
      checks: [],
    }),
  ],
};

export const UNCLEAR: DrillReport = {
  ...PASSED,
  verdict: "pass",
  isolation: [],
  previous: undefined,
  evidence: undefined,
};
