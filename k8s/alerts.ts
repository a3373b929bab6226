// Every alert that the cluster raises: what is measured, from which figure on, who is told, and which clause it serves. Pure
// data; figures that the contract gives are taken from the contract. runbooks/alerts/<name>.md says what to do. What the cloud
// itself watches, alive even when the cluster is not, is in stacks/plan/alarms.ts.
import type { Contract } from "../policies/contract/contract";
import { ALLOWED_ERRORS, allowedResponseTimes, PEAK_QUANTILE } from "../policies/contract/performance";
import { averageOf, errorsOf, peakOf } from "./parts/metrics";
import { NAMESPACES } from "./parts/namespaces";

export type Priority = "P1" | "P2" | "P3" | "P4";

export interface Alert {
  /** PascalCase; the runbook's name. */
  name: string;
  priority: Priority;
  clauses: readonly string[];
  /** PromQL; each series of its result is one alert. */
  expr: string;
  /** Minutes that it must hold. */
  minutes: number;
  /** For the person who is woken; `{{ $labels.x }}` is filled in by Prometheus. */
  summary: string;
}

const LEARNING = `namespace="${NAMESPACES.learning}"`;
const OPERATIONS = `namespace="${NAMESPACES.operations}"`;
const APP = "{{ $labels.app_kubernetes_io_name }}";
const HOUR = 3600;

function responseTimes(contract: Contract): Alert[] {
  return allowedResponseTimes(contract).flatMap(({ operation, clause, average, peak }): Alert[] => [
    {
      name: "ResponseTimeHigh",
      priority: "P2",
      clauses: [clause],
      expr: `${averageOf({ operation }, "5m", ["app"])} > ${average}`,
      minutes: 5,
      summary: `${APP}: ${operation} operations take {{ $value | humanizeDuration }} on average, ${average} s are agreed`,
    },
    ...(peak === undefined
      ? []
      : [
          {
            name: "ResponseTimePeakHigh",
            priority: "P3" as const,
            clauses: [clause],
            expr: `${peakOf({ operation }, "15m", PEAK_QUANTILE, ["app"])} > ${peak}`,
            minutes: 15,
            summary: `${APP}: one ${operation} operation in a hundred takes {{ $value | humanizeDuration }}, ${peak} s are agreed`,
          },
        ]),
  ]);
}

/**
 * The daily and monthly jobs, late by their own cadence. The dead-man that lives outside the cluster is VerificationSilent.
 * @param hours after which the newest success is too old
 */
function late(job: string, hours: number, clauses: readonly string[]): Alert {
  return {
    name: "OperationJobLate",
    priority: "P2",
    clauses,
    expr: `time() - kube_cronjob_status_last_successful_time{${OPERATIONS},cronjob="${job}"} > ${hours * HOUR} and on (cronjob) kube_cronjob_spec_suspend{${OPERATIONS},cronjob="${job}"} == 0`,
    minutes: 5,
    summary: `ops ${job} has not succeeded for more than ${hours} hours`,
  };
}

const FIXED: readonly Alert[] = [
  {
    name: "ServerErrorsHigh",
    priority: "P2",
    clauses: ["MNT-FUNCTION"],
    expr: `${errorsOf({}, "5m", ["app"])} > ${ALLOWED_ERRORS}`,
    minutes: 5,
    summary: `${APP}: {{ $value | humanizePercentage }} of requests end in a server error`,
  },
  {
    name: "AppDown",
    priority: "P1",
    clauses: ["MNT-FUNCTION", "KEY-WATCH"],
    expr: [
      `label_replace(kube_deployment_status_replicas_available{${LEARNING}} == 0 and kube_deployment_spec_replicas{${LEARNING}} > 0, "app", "$1", "deployment", "(.*)")`,
      'label_replace(rollout_info_replicas_available == 0 and rollout_info_replicas_desired > 0, "app", "$1", "name", "(.*)")',
    ].join(" or "),
    minutes: 2,
    summary: "{{ $labels.app }}: no pod is available",
  },
  {
    name: "PodRestarting",
    priority: "P3",
    clauses: ["MNT-FUNCTION"],
    expr: `increase(kube_pod_container_status_restarts_total{${LEARNING}}[30m]) > 3`,
    minutes: 5,
    summary: "{{ $labels.pod }} restarted {{ $value | humanize }} times within half an hour",
  },
  {
    name: "AutoscalerAtLimit",
    priority: "P3",
    clauses: ["PERF-INTERACT", "KEY-PLAN"],
    expr: `kube_horizontalpodautoscaler_status_current_replicas{${LEARNING}} >= kube_horizontalpodautoscaler_spec_max_replicas{${LEARNING}} and kube_horizontalpodautoscaler_spec_max_replicas{${LEARNING}} > kube_horizontalpodautoscaler_spec_min_replicas{${LEARNING}}`,
    minutes: 15,
    summary: "{{ $labels.horizontalpodautoscaler }} runs as many pods as it may",
  },
  {
    name: "RolloutAborted",
    priority: "P3",
    clauses: ["SEC-RELEASE"],
    expr: 'rollout_info{phase="Degraded"} == 1',
    minutes: 1,
    summary: "{{ $labels.name }}: the new version was taken back, the previous one serves",
  },
  {
    name: "RolloutPaused",
    priority: "P4",
    clauses: ["SEC-RELEASE"],
    expr: 'rollout_info{phase="Paused"} == 1',
    minutes: 30,
    summary: "{{ $labels.name }}: the rollout waits for a person",
  },
  {
    name: "OperationJobFailed",
    priority: "P2",
    clauses: ["DR-RESTORE", "DR-DRILL", "ARC-EVENTS"],
    expr: `kube_job_status_failed{${OPERATIONS}} > 0 and on (job_name) time() - kube_job_status_start_time{${OPERATIONS}} < ${24 * HOUR}`,
    minutes: 1,
    summary: "{{ $labels.job_name }} failed",
  },
  late("verify", 26, ["DR-RESTORE", "DR-BACKUP"]),
  late("coverage", 26, ["DR-RESTORE"]),
  late("drill", 32 * 24, ["DR-DRILL"]),
  {
    name: "CertificateNotRenewed",
    priority: "P3",
    clauses: ["SVC-PATROL"],
    expr: "certmanager_certificate_expiration_timestamp_seconds - time() < 21 * 86400",
    minutes: 60,
    summary: "{{ $labels.name }} ends in {{ $value | humanizeDuration }} and was not renewed",
  },
  {
    name: "SecretNotSynced",
    priority: "P3",
    clauses: ["SEC-CONFIG"],
    expr: 'externalsecret_status_condition{condition="Ready",status="False"} == 1',
    minutes: 30,
    summary: "{{ $labels.exported_namespace }}/{{ $labels.name }} cannot be read from KMS",
  },
];

/** @throws Error when a clause lacks its figure */
export function alerts(contract: Contract): Alert[] {
  return [...responseTimes(contract), ...FIXED];
}
