// The workflow run that we are: who started it, and who approved that it deploys. Read through the API, because variables of the
// environment can be typed by anybody.
import type { WorkflowRun } from "../../github";
import type { GitHubClient } from "./client";

interface Run {
  id: number;
  html_url: string;
  status: string | null;
  path: string;
  triggering_actor: { login: string } | null;
}

interface Review {
  state: "approved" | "rejected" | "pending";
  comment: string;
  environments: { name: string }[];
  user: { login: string } | null;
}

/** The only workflow whose runs release; `path` may carry `@<ref>`. */
const WORKFLOW = ".github/workflows/release.yaml";

export function createWorkflowRun(
  client: GitHubClient,
  env: NodeJS.ProcessEnv = process.env,
): WorkflowRun | undefined {
  const id = env.GITHUB_RUN_ID;
  if (env.GITHUB_ACTIONS !== "true" || id === undefined || !/^\d+$/.test(id)) return undefined;
  let known: Promise<Run | undefined> | undefined;
  /** Undefined for a run that is over or of another workflow: whoever names it does not run in it. */
  const run = (): Promise<Run | undefined> => {
    known ??= client
      .call<Run>("GET", `/actions/runs/${id}`)
      .then((found) =>
        found.status === "in_progress" && found.path.split("@")[0] === WORKFLOW ? found : undefined,
      );
    return known;
  };
  return {
    startedBy: async () => (await run())?.triggering_actor?.login,
    async approvals() {
      const found = await run();
      if (!found) return [];
      const reviews = await client.call<Review[]>("GET", `/actions/runs/${id}/approvals`);
      return reviews.flatMap(({ state, comment, environments, user }) =>
        state === "approved"
          ? environments.map(({ name }) => ({
              environment: name,
              comment,
              account: user?.login,
              url: found.html_url,
            }))
          : [],
      );
    },
  };
}
