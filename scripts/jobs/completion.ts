// `ops completion`: completion for the shell, generated from the registry.
import { defineJob, type Job, text } from "../core/job";
import { viewOnly } from "../core/view-only";

const GLOBAL_OPTIONS = [
  "--platform",
  "--env",
  "--json",
  "--quiet",
  "--no-color",
  "--dry-run",
  "--seed",
  "--help",
];

/** Words that may follow `ops <job>`. */
function wordsOf(job: Job): string[] {
  const own = job.arguments.flatMap((argument) =>
    argument.positional ? [...(argument.choices ?? [])] : [`--${argument.name}`],
  );
  return [...own, ...GLOBAL_OPTIONS];
}

const SHELLS: Readonly<Record<string, (jobs: readonly Job[]) => string>> = {
  bash: (jobs) => `# eval "$(npx ops completion bash)"
_ops() {
  local current=\${COMP_WORDS[COMP_CWORD]} words="${jobs.map((job) => job.name).join(" ")} help --help"
  case \${COMP_WORDS[1]} in
${jobs.map((job) => `    ${job.name}) [ "$COMP_CWORD" -gt 1 ] && words="${wordsOf(job).join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ops ops`,
  zsh: (jobs) => `# eval "$(npx ops completion zsh)"
_ops() {
  if (( CURRENT == 2 )); then
    local -a jobs=(${jobs.map((job) => `'${job.name}:${job.summary.replaceAll("'", "'\\''").replaceAll(":", "\\:")}'`).join(" ")})
    _describe job jobs
    return
  fi
  case $words[2] in
${jobs.map((job) => `    ${job.name}) compadd -- ${wordsOf(job).join(" ")} ;;`).join("\n")}
  esac
}
compdef _ops ops`,
  fish: (jobs) =>
    jobs
      .flatMap((job) => [
        `complete -c ops -n __fish_use_subcommand -f -a ${job.name} -d '${job.summary.replaceAll("'", "\\'")}'`,
        `complete -c ops -n '__fish_seen_subcommand_from ${job.name}' -f -a '${wordsOf(job).join(" ")}'`,
      ])
      .join("\n"),
};

export default defineJob({
  name: "completion",
  summary: "Print completion for bash, zsh or fish",
  clauses: ["SVC-HANDOVER"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "it prints what the registry declares" },
  arguments: [
    {
      name: "shell",
      kind: "string",
      positional: true,
      required: true,
      choices: Object.keys(SHELLS),
      description: "which shell",
    },
  ],
  examples: [{ command: "ops completion bash", what: "The script; load it with eval." }],
  offline: true,
  plan: async (_, args) => [`print completion for ${text(args, "shell")}`],
  run: async ({ jobs }, args) =>
    viewOnly({
      summary: SHELLS[text(args, "shell")!]!(await jobs()),
    }),
});
