// Credentials of registries, from the file that `docker login` writes. A secret stays in its file until it is sent.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { OpsError } from "../../../core/errors";
import type { CredentialsOf } from "./client";

interface DockerConfig {
  auths?: Record<string, { auth?: string }>;
}

/** `config.json` in `DOCKER_CONFIG`, default `~/.docker`; a file that is not there holds nobody's. */
export function dockerCredentials(env: NodeJS.ProcessEnv = process.env): CredentialsOf {
  const file = path.join(env.DOCKER_CONFIG ?? path.join(homedir(), ".docker"), "config.json");
  return async (registry) => {
    const text = await readFile(file, "utf8").catch(() => "{}");
    let config: DockerConfig;
    try {
      config = JSON.parse(text) as DockerConfig;
    } catch {
      // Without the parser's words: they quote the file.
      throw new OpsError("config", `${file} is not JSON`, { expected: "what `docker login` writes" });
    }
    return (config.auths?.[registry] ?? config.auths?.[`https://${registry}`])?.auth;
  };
}
