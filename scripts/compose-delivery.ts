// Wires what a release talks to. In the sandbox a bare repository, stand-ins and a directory of versions; elsewhere the checkout's
// remote with pull requests, a registry and a cluster. Nothing is touched, and nothing read, before it is asked for.
import path from "node:path";
import { loadContract } from "../policies/contract/load";
import { loadChanges, loadOriginalEffort } from "../policies/service/changes";
import { loadDeliveryRules } from "../policies/service/delivery";
import { loadIncidents } from "../policies/service/incidents";
import { loadKeyPeriods } from "../policies/service/key-periods";
import { loadRelease } from "../policies/service/releases";
import { loadRoster } from "../policies/service/roster";
import { clusterAccess } from "./cluster/adapter/access";
import { createKubernetesClient } from "./cluster/adapter/client";
import type { Clock } from "./core/clock";
import { lazily, once } from "./core/lazy";
import type { Paths } from "./machine/paths";
import type { Host } from "./machine/port";
import { createGitHubClient } from "./pipeline/adapter/github/client";
import { createPullRequests } from "./pipeline/adapter/github/pulls";
import { createWorkflowRun } from "./pipeline/adapter/github/runs";
import { createGitApprovals } from "./release/adapter/approvals";
import { createClusterRollouts } from "./release/adapter/cluster";
import { createGit } from "./release/adapter/git";
import { pipelineGitEnvironment } from "./release/adapter/pipeline-git";
import { createPullRequestReleases } from "./release/adapter/pull-request";
import { dockerCredentials } from "./release/adapter/registry/credentials";
import { createRegistryVersions } from "./release/adapter/registry/versions";
import { createGitReleases, type GitRemote } from "./release/adapter/releases";
import { withReviews } from "./release/adapter/reviews";
import { createSandboxRollouts } from "./release/adapter/sandbox/rollout";
import { createSandboxVersions, FIXTURE } from "./release/adapter/sandbox/versions";
import { seededRemote } from "./release/adapter/seeded";
import type { Delivery } from "./release/port";

export interface DeliveryOptions {
  host: Host;
  clock: Clock;
  environment: string;
  paths: Paths;
  newId(): string;
  signal: AbortSignal;
}

export function composeDelivery(options: DeliveryOptions): Delivery {
  return options.environment === "sandbox" ? sandboxDelivery(options) : cloudDelivery(options);
}

/** @param own root whose changes and original effort count: the sandbox has a little product of its own */
function declared({ root }: Paths, own: string): Delivery["declared"] {
  return () => ({
    rules: loadDeliveryRules(root),
    keyPeriods: loadKeyPeriods(
      root,
      loadRoster(root).people.map(({ name }) => name),
    ),
    changes: loadChanges(own),
    originalEffort: loadOriginalEffort(own),
  });
}

function sandboxDelivery({ host, clock, paths, newId }: DeliveryOptions): Delivery {
  const { root, state, sockets } = paths;
  const sandbox = path.join(state, "sandbox");
  const directory = path.join(sandbox, "rollout");
  const place = seededRemote(host, {
    directory: path.join(sandbox, "releases"),
    needs: path.join(sandbox, "sandbox.json"),
    root,
    environment: "sandbox",
    changesets: path.join(FIXTURE, ".changeset"),
  });
  return lazily<Delivery>({
    declared: () => declared(paths, FIXTURE),
    releases: () => createGitReleases(place),
    versions: () => createSandboxVersions(),
    rollouts: () =>
      createSandboxRollouts({
        clock,
        contract: loadContract(root),
        directory,
        socket: path.join(sockets, "source"),
        newId,
      }),
    incidents: () => ({ list: async () => loadIncidents(root) }),
    approvals: () => createGitApprovals(place, loadRoster(root).people),
  });
}

function cloudDelivery({ host, clock, environment, paths }: DeliveryOptions): Delivery {
  const { root } = paths;
  const place: GitRemote = {
    git: createGit(host, root, pipelineGitEnvironment(process.env)),
    remote: "origin",
    branch: "main",
    changesets: path.join(root, ".changeset"),
  };
  const github = createGitHubClient();
  const access = once(clusterAccess);
  return lazily<Delivery>({
    declared: () => declared(paths, root),
    releases: () => createPullRequestReleases({ place, pulls: createPullRequests(github), clock }),
    versions: () =>
      createRegistryVersions({
        release: () => loadRelease(root, environment),
        credentials: dockerCredentials(),
      }),
    rollouts: () => createClusterRollouts({ client: createKubernetesClient(access), clock, environment }),
    incidents: () => ({ list: async () => loadIncidents(root) }),
    approvals: () => {
      const { people } = loadRoster(root);
      return withReviews(createGitApprovals(place, people), createWorkflowRun(github), people);
    },
  });
}
