// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { cluster, object } from "../../engine/kubernetes/examples";
import {
  APPLICATION,
  APPLICATIONS,
  applicationSpecOf,
  destinationsOf,
  matches,
  PROJECT,
} from "../../engine/kubernetes/gitops";
import { inCluster, listAt, named, textAt } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";
import { isRecord } from "../../engine/value";

const project = object(PROJECT, {
  name: "workloads",
  namespace: "argocd",
  spec: `sourceRepos: [https://github.com/netedu/netedu-ops]
destinations: [{ server: https://kubernetes.default.svc, namespace: learning }]`,
});
const application = (namespace: string): string =>
  object(APPLICATION, {
    namespace: "argocd",
    spec: `project: workloads
source: { repoURL: https://github.com/netedu/netedu-ops }
destination: { server: https://kubernetes.default.svc, namespace: ${namespace} }`,
  });

export default defineRule({
  id: "application-in-project",
  severity: "high",
  applies: [{ surface: "kubernetes", types: APPLICATIONS }],
  clauses: ["SEC-RELEASE"],
  title: "An application keeps to a project that is declared",
  why: "Argo CD refuses to sync it otherwise, and the release seems to have been made while nothing changed.",
  remedy:
    "Name a project that lists the repository and the namespace, or extend the project in a change of its own.",
  check: (subject, world) => {
    const spec = applicationSpecOf(subject);
    const name = valueAt(subject, [...spec, "project"]);
    const found = named(inCluster(world, subject, PROJECT), name);
    if (!found)
      return finding([...spec, "project"], `no project is called ${String(name)}; expected a declared one`);
    const repository = textAt(subject, [...spec, "source", "repoURL"]) ?? "";
    const sources = listAt(found, "spec.sourceRepos").map(String);
    const server = textAt(subject, [...spec, "destination", "server"]) ?? "";
    const allowed = listAt(found, "spec.destinations").filter(isRecord);
    const outside = destinationsOf(subject).filter(
      (namespace) =>
        !allowed.some(
          (each) => matches(String(each.server), server) && matches(String(each.namespace), namespace),
        ),
    );
    return [
      ...(sources.some((each) => matches(each, repository))
        ? []
        : finding(
            [...spec, "source", "repoURL"],
            `${repository} is no source of ${found.name}; expected one of ${sources.join(", ")}`,
          )),
      ...outside.flatMap((namespace) =>
        finding(
          [...spec, "destination"],
          `${namespace} is no destination of ${found.name}; expected one that it lists`,
        ),
      ),
    ];
  },
  examples: {
    good: { subjects: cluster(project, application("learning")) },
    bad: { subjects: cluster(project, application("kube-system")) },
  },
});
