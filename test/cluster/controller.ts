// Plays Argo CD and Argo Rollouts in the stand-in cluster: applies what the main branch of a bare repository declares, lets a new
// image in look by look, and takes back the ones that it is told to find wanting. As much of the two as a release can see.
import { execFileSync } from "node:child_process";
import { parseRelease, releaseFile } from "../../policies/service/releases";
import { ABORTED, application, LETTING_IN, PAUSED, rollout } from "./objects";
import type { ClusterStandIn } from "./stand-in";

/** Looks that a new version takes from its first pod to serving alone. */
const STEPS = [LETTING_IN, PAUSED, {}];
const WITH_ROLLOUT = ["learning-web", "mobile-api", "wechat-gateway"];

interface Known {
  stable: string;
  image: string;
  looks: number;
}

/** @param wanting whether the analysis fails the version */
export function follow(
  cluster: ClusterStandIn,
  {
    remote,
    environment,
    wanting,
  }: { remote: string; environment: string; wanting: (version: string) => boolean },
): void {
  const known = new Map<string, Known>();
  const git = (...args: string[]): string =>
    execFileSync("git", ["--git-dir", remote, ...args], { encoding: "utf8" }).trim();
  cluster.controllers.run = () => {
    const revision = git("rev-parse", "refs/heads/main");
    const { apps } = parseRelease(environment, `${git("show", `${revision}:${releaseFile(environment)}`)}\n`);
    for (const [app, { image: name, digest, version }] of Object.entries(apps)) {
      const image = `${name}@${digest}`;
      const canary = WITH_ROLLOUT.includes(app);
      // What is not rendered is not applied: Argo CD reads nothing else.
      const rendered = git("grep", "-l", "-F", image, revision, "--", `k8s/rendered/${environment}/${app}`);
      if (!rendered) throw new Error(`${app} is not rendered as it is released`);
      cluster.applications.set(app, application(app, environment, { image, revision, rollout: canary }));
      if (!canary) continue;
      const before = known.get(app) ?? { stable: image, image, looks: STEPS.length };
      const now = before.image === image ? before : { ...before, image, looks: 0 };
      if (now.image === now.stable) now.looks = STEPS.length;
      const step = wanting(version) && now.looks > 0 ? ABORTED : (STEPS[now.looks] ?? {});
      cluster.rollouts.set(app, rollout(app, image, step));
      now.looks++;
      if (now.looks >= STEPS.length && !wanting(version)) now.stable = image;
      known.set(app, now);
    }
  };
}
