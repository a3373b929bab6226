// The operation's own jobs, run by the ops image in the early morning, after the backup window. Their evidence lies on one
// volume whose ledger has one writer at a time: hours and deadlines keep them apart, and a test holds them to it.
// Limit: inside a pod under Pod Security "restricted" no namespaces can be made, so a verification calls its isolation
// inconclusive there.
import { defineApp, releaseOf, type Target } from "../app";
import type {
  Claim,
  Container,
  CronJob,
  Manifest,
  PodTemplateSpec,
  ServiceAccount,
  Volume,
} from "../manifest";
import { DUMP_CLAIM, DUMP_CLASS, DUMP_SIZE, dumpVolume } from "../parts/dumps";
import { labelsOf, selectorOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import {
  allow,
  hostsOf,
  reached,
  toCloud,
  toDns,
  toIntegrations,
  toPostgres,
  toRepositoryHost,
} from "../parts/network";
import { CONTAINER_SECURITY, JOB_NODES, POD_SECURITY, resourcesOf, scratch } from "../parts/pod";
import { externalSecret, secretFiles } from "../parts/secrets";

export interface Schedule {
  /** Name of the CronJob. */
  name: string;
  /** Words after `ops`. */
  command: readonly string[];
  /** Cron, Asia/Shanghai. */
  cron: string;
  /** Minutes after which a run is stopped. */
  minutes: number;
  /** GiB on a disk of its own, for restored copies. */
  copies?: number;
  /** Only where the database is managed: its backups are the vendor's, and dumps are the path that we control. */
  dumps?: boolean;
  why: string;
}

/** Minutes after its time within which a job may still start, when no node was ready. */
export const START_WITHIN = 10;

export const SCHEDULES: readonly Schedule[] = [
  {
    name: "dump",
    command: ["dump"],
    cron: "5 4 * * *",
    minutes: 50,
    copies: 600,
    dumps: true,
    why: "dumps every database into the bucket that is copied to the second region, loads it again and compares every row",
  },
  {
    name: "verify",
    command: ["verify", "--scrub", "1/30"],
    cron: "5 5 * * *",
    minutes: 120,
    copies: 600,
    why: "restores last night's backup and compares every row; re-reads what is new in the repository and a thirtieth of the rest",
  },
  {
    name: "data-check",
    command: ["data", "check"],
    cron: "15 7 * * *",
    minutes: 30,
    why: "every rule of data quality on the source, which never waits for it; findings have owner and deadline",
  },
  {
    name: "coverage",
    command: ["coverage"],
    cron: "55 7 * * *",
    minutes: 10,
    why: "every promised date: restorable, exercised, or a gap",
  },
  {
    name: "status",
    command: ["status", "--broken-only"],
    cron: "30 8 * * *",
    minutes: 10,
    why: "clause by clause: in force, due, unproven, inconclusive, overdue, failing; it fails when one is overdue or failing, and that is an alert",
  },
  {
    name: "roster",
    command: ["roster"],
    cron: "15 8 * * *",
    minutes: 5,
    why: "no hour of the coming four weeks without somebody who answers",
  },
  {
    name: "drill",
    command: ["drill"],
    cron: "50 8 1 * *",
    minutes: 240,
    copies: 600,
    why: "three kinds of loss, restored and measured against RTO and RPO",
  },
  {
    name: "evidence",
    command: ["evidence", "verify"],
    cron: "50 8 2 * *",
    minutes: 30,
    why: "the whole chain of signed evidence, checked from its first entry",
  },
  {
    name: "scrub",
    command: ["verify"],
    cron: "50 8 3 * *",
    minutes: 240,
    copies: 600,
    why: "the same as verify, but every file of the repository is read and checked at once",
  },
];

const NAME = "ops";
const NAMESPACE = NAMESPACES.operations;
const EVIDENCE = "evidence";
const HOME = "/var/lib/ops";
const STATE = "/var/lib/ops-state";
const CREDENTIALS = "/var/run/credentials";
/** What `dumps` of the platform file names. */
const DUMPS = "/var/lib/ops-dumps";

/** The ledger's volume. Shared, because the next job may run on another node. */
function evidence(labels: Record<string, string>): Claim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    // Evidence outlives the app: taken out of git it stays in the cluster.
    metadata: {
      name: EVIDENCE,
      namespace: NAMESPACE,
      labels,
      annotations: { "argocd.argoproj.io/sync-options": "Delete=false,Prune=false" },
    },
    spec: {
      accessModes: ["ReadWriteMany"],
      storageClassName: "alibabacloud-cnfs-nas",
      resources: { requests: { storage: "20Gi" } },
    },
  };
}

/** The bucket that k8s/platform/dumps.ts mounts, and by its name: no other volume may bind to it. */
function dumpClaim(target: Target, labels: Record<string, string>): Claim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: DUMP_CLAIM,
      namespace: NAMESPACE,
      labels,
      annotations: { "argocd.argoproj.io/sync-options": "Delete=false,Prune=false" },
    },
    spec: {
      accessModes: ["ReadWriteMany"],
      storageClassName: DUMP_CLASS,
      volumeName: dumpVolume(target.environment.name),
      resources: { requests: { storage: DUMP_SIZE } },
    },
  };
}

/** Restored copies are as large as the database; their disk comes and goes with the pod. */
function copiesVolume(gibibytes: number): Volume {
  return {
    name: "state",
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: "alicloud-disk-essd",
          resources: { requests: { storage: `${gibibytes}Gi` } },
        },
      },
    },
  };
}

function container(
  target: Target,
  { name, command }: Schedule,
  mounts: Container["volumeMounts"],
): Container {
  const { image, digest } = releaseOf(target, NAME);
  return {
    name,
    image: `${image}@${digest}`,
    imagePullPolicy: "IfNotPresent",
    // The platform is named: without a file in policies/service/platforms the job refuses, it never falls back to another.
    args: [...command, "--platform", target.environment.name, "--env", target.environment.name, "--json"],
    env: [
      { name: "TZ", value: "Asia/Shanghai" },
      { name: "OPS_HOME", value: HOME },
      { name: "OPS_STATE", value: STATE },
      { name: "CREDENTIALS_DIRECTORY", value: CREDENTIALS },
      { name: "NO_COLOR", value: "1" },
    ],
    resources: resourcesOf({ cpu: 1000, memory: 4096, scratch: 1024 }),
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...(mounts ? { volumeMounts: mounts } : {}),
  };
}

function pod(target: Target, schedule: Schedule, labels: Record<string, string>): PodTemplateSpec {
  const [credentials, credentialsMount] = secretFiles(schedule.dumps ? DUMP_CLAIM : NAME, CREDENTIALS);
  const [tmp, tmpMount] = scratch("tmp", "/tmp", 512);
  const [small, stateMount] = scratch("state", STATE, 512);
  const state = schedule.copies === undefined ? small : copiesVolume(schedule.copies);
  const home: Volume = { name: "home", persistentVolumeClaim: { claimName: EVIDENCE } };
  const dumps: Volume[] = schedule.dumps
    ? [{ name: "dumps", persistentVolumeClaim: { claimName: DUMP_CLAIM } }]
    : [];
  return {
    metadata: { labels },
    spec: {
      restartPolicy: "Never", // a second try would hide the first one's evidence
      serviceAccountName: NAME,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      priorityClassName: "operations",
      securityContext: POD_SECURITY,
      terminationGracePeriodSeconds: 120, // to remove what it created
      ...JOB_NODES,
      containers: [
        container(target, schedule, [
          credentialsMount,
          tmpMount,
          stateMount,
          { name: "home", mountPath: HOME },
          ...dumps.map(({ name }) => ({ name, mountPath: DUMPS })),
        ]),
      ],
      volumes: [credentials, tmp, state, home, ...dumps],
    },
  };
}

function cronJob(target: Target, schedule: Schedule): CronJob {
  const { version } = releaseOf(target, NAME);
  const labels = {
    ...labelsOf(target, { name: NAME, component: "job", owner: "operations-lead", version }),
    "netedu.example/job": schedule.name,
  };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name: schedule.name,
      namespace: NAMESPACE,
      labels,
      annotations: { "netedu.example/why": schedule.why },
    },
    spec: {
      schedule: schedule.cron,
      timeZone: "Asia/Shanghai",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: START_WITHIN * 60,
      suspend: target.settings.pilotLight,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 10,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: schedule.minutes * 60,
          ttlSecondsAfterFinished: 7 * 24 * 3600,
          template: pod(target, schedule, labels),
        },
      },
    },
  };
}

export default defineApp({
  name: NAME,
  project: "workloads",
  namespace: NAMESPACE,
  summary: "The operation's own jobs: nightly verification, coverage, status, monthly drill and scrubbing",
  objects(target): Manifest[] {
    const labels = labelsOf(target, { name: NAME, component: "job", owner: "operations-lead" });
    const metadata = { name: NAME, namespace: NAMESPACE, labels };
    const dumped = target.settings.engine === "rds";
    const account: ServiceAccount = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata,
      automountServiceAccountToken: false,
    };
    // Isolation is proven by trying every integration from inside and, at the same moment, from outside.
    const used = reached(
      target,
      target.integrations.map(({ name }) => name),
    );
    return [
      account,
      evidence(labels),
      externalSecret(NAME, NAMESPACE, labels, {
        "database-url": "learning-audit-database",
        "pgbackrest.conf": "pgbackrest-configuration",
      }),
      allow({
        ...metadata,
        annotations: hostsOf(used),
        pods: selectorOf({ name: NAME }),
        ingress: [],
        egress: [
          toDns(target),
          toPostgres(target),
          toRepositoryHost(target),
          toCloud(),
          ...toIntegrations(used),
        ],
      }),
      // Another account of the database: it reads every row, which the others need not.
      ...(dumped
        ? [
            dumpClaim(target, labels),
            externalSecret(DUMP_CLAIM, NAMESPACE, labels, {
              "database-url": "learning-dump-database",
              "pgbackrest.conf": "pgbackrest-configuration",
            }),
          ]
        : []),
      ...SCHEDULES.filter(({ dumps }) => dumped || !dumps).map((schedule) => cronJob(target, schedule)),
    ];
  },
});
