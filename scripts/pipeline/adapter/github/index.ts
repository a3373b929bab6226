// What pipelines write to GitHub: one comment, one issue.
import type { GitHub } from "../../github";
import { createGitHubClient, type GitHubClient } from "./client";

interface Item {
  id: number;
  html_url: string;
  body?: string;
  title?: string;
  number?: number;
  /** Present on pull requests, which the list of issues holds too. */
  pull_request?: unknown;
}

export function createGitHub(env: NodeJS.ProcessEnv = process.env, pause?: number): GitHub {
  const client = createGitHubClient(env, pause);

  /** Our comment may stand behind many others. */
  async function find(path: string, wanted: (item: Item) => boolean): Promise<Item | undefined> {
    for await (const item of client.list<Item>(path)) if (wanted(item)) return item;
    return undefined;
  }

  return {
    runsUs: env.GITHUB_ACTIONS === "true",
    repository: client.repository,
    async comment(pullRequest, marker, body) {
      const comments = `/issues/${pullRequest}/comments`;
      const ours = await find(comments, (item) => item.body?.startsWith(marker) === true);
      const { html_url } = ours
        ? await client.call<Item>("PATCH", `/issues/comments/${ours.id}`, { body })
        : await addComment(client, pullRequest, body);
      return html_url;
    },
    async issue(title, body, labels) {
      const query = `/issues?state=open&labels=${encodeURIComponent(labels.join(","))}`;
      const open = await find(query, (item) => item.title === title && item.pull_request === undefined);
      const { html_url } = open
        ? await addComment(client, open.number!, body)
        : await client.call<Item>("POST", "/issues", { title, body, labels });
      return html_url;
    },
  };
}

export function addComment(client: GitHubClient, issue: number, body: string): Promise<Item> {
  return client.call<Item>("POST", `/issues/${issue}/comments`, { body });
}
