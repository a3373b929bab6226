// What the caller's environment says to `pg`, which reads it wherever we say nothing or `false`: encryption, replication protocol,
// passwords, names of programs. PostgreSQL's own programs are started without any of it (`machine/launch.ts`).

/** For good: before `pg` is loaded, which looks for a native driver then, and before each connection, which looks at the rest. */
export function forgetVariables(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) if (/^(NODE_)?PG/.test(name)) delete env[name];
}
