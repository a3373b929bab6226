// Where a PrometheusRule holds its alerts.
import type { Path, Subject } from "../subject";
import { itemsAt, textAt } from "./objects";

export const PROMETHEUS_RULE = "monitoring.coreos.com/v1/PrometheusRule";

/** Alerts with the path of each; recording rules are left out. */
export function alertsOf(subject: Subject): { name: string; path: Path }[] {
  return itemsAt(subject, ["spec", "groups"])
    .flatMap(({ path }) => itemsAt(subject, [...path, "rules"]))
    .flatMap(({ path }) => {
      const name = textAt(subject, [...path, "alert"]);
      return name === undefined ? [] : [{ name, path }];
    });
}
