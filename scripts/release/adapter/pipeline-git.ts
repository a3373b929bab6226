// What git needs in a pipeline: who it is and what lets it in, through the environment. Neither argv nor a file holds the token.

/**
 * The environment with git's configuration for GitHub's own server added; unchanged outside a pipeline or without a token.
 * @see https://git-scm.com/docs/git-config GIT_CONFIG_COUNT
 */
export function pipelineGitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GITHUB_ACTIONS, GITHUB_TOKEN: token, GITHUB_SERVER_URL: server = "https://github.com" } = env;
  const { GITHUB_ACTOR: actor, GITHUB_ACTOR_ID: id, GIT_CONFIG_COUNT } = env;
  if (GITHUB_ACTIONS !== "true" || !token || !actor) return env;
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const settings = [
    [`http.${server}/.extraheader`, `AUTHORIZATION: basic ${basic}`],
    ["user.name", actor],
    ["user.email", `${id ? `${id}+` : ""}${actor}@users.noreply.github.com`],
  ];
  const from = Number(GIT_CONFIG_COUNT ?? 0);
  const entries = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${from + index}`, key],
    [`GIT_CONFIG_VALUE_${from + index}`, value],
  ]);
  return { ...env, ...Object.fromEntries(entries), GIT_CONFIG_COUNT: String(from + settings.length) };
}
