// Completion for shells: which words may follow which, put into each shell's own language. Pure but for the names it asks for.
import { type Argument, type Declared, spelled } from "../core/arguments";
import { commandsOf, type Job } from "../core/job";
import { GLOBALS } from "./command-line";
import type { Names } from "./values";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** One command: what may stand after it. */
interface Words {
  /** The words that name it: `migrate up`; empty for `ops` itself. */
  path: string;
  /** Subcommands, options and values of positional arguments. */
  next: readonly string[];
  /** Values of each option that takes one, by its spelling; none where any text may stand. */
  values: Readonly<Record<string, readonly string[]>>;
}

/** @param names asked once a kind of name */
export async function wordsOf(jobs: readonly Job[], names: Names): Promise<Words[]> {
  const known = new Map<string, readonly string[]>();
  const valuesOf = async (argument: Argument): Promise<readonly string[]> => {
    if (argument.kind === "choice") return argument.choices;
    const what = "names" in argument ? argument.names : undefined;
    // Which commits there are changes with every commit.
    if (what === undefined || what === "commit") return [];
    const found = known.get(what) ?? (await names(what)).names;
    known.set(what, found);
    return found;
  };
  const commandOf = async (path: string, words: readonly string[], own: Declared): Promise<Words> => {
    const next = [...words];
    const values: Record<string, readonly string[]> = {};
    const declared: Declared = { ...own, ...GLOBALS };
    for (const [name, argument] of Object.entries(declared)) {
      const found = await valuesOf(argument);
      if (argument.positional) next.push(...found);
      else next.push(spelled(name, argument));
      if (!argument.positional && argument.kind !== "flag") values[spelled(name, argument)] = found;
    }
    return { path, next: [...next, "--help"], values };
  };
  const all = [await commandOf("", [...jobs.map(({ name }) => name), "help", "--version"], {})];
  for (const job of jobs) {
    if ("subcommands" in job) all.push(await commandOf(job.name, Object.keys(job.subcommands), {}));
    for (const { words, command } of commandsOf(job))
      all.push(await commandOf(words.join(" "), [], command.arguments));
  }
  return all;
}

export function completionOf(shell: Shell, commands: readonly Words[]): string {
  return { bash, zsh, fish }[shell](commands);
}

const bash = (commands: readonly Words[]): string => `# eval "$(ops completion bash)"
${functionOf(commands)}`;

/** zsh runs completion that was written for bash. */
const zsh = (commands: readonly Words[]): string => `# eval "$(ops completion zsh)"
autoload -U +X compinit bashcompinit && compinit && bashcompinit
${functionOf(commands)}`;

/**
 * Follows the words that name a command, past the values of options; then the option before the cursor decides, else the command.
 * Bash splits words at `=`, not at commas: of a list only the last item is completed.
 */
function functionOf(commands: readonly Words[]): string {
  const named = commands.map(({ path }) => path).filter((path) => path !== "");
  const values = commands.flatMap((command) =>
    Object.entries(command.values).map(([option, words]) => [`"${command.path} ${option}"`, words] as const),
  );
  const valued = new Set(commands.flatMap((command) => Object.keys(command.values)));
  // `migrate up` before `migrate`, of which it is one.
  const next = commands
    .toSorted((a, b) => b.path.length - a.path.length)
    .map((command) => [`"${command.path} "*`, command.next] as const);
  return `_ops() {
  local word path= words= before= list= current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [ "$word" = "=" ] && continue
    case "$before" in
      ${[...valued].join("|")}) before= ; continue ;;
    esac
    before="$word"
    case "\${path:+$path }$word" in
      ${named.map((path) => `"${path}"`).join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  [ "$current" = "=" ] && current=
  case "$current" in
    *,*) list="\${current%,*}," current="\${current##*,}" ;;
  esac
  case "$path $before" in
${[...values, ...next].map(([when, words]) => `    ${when}) words="${words.join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -P "$list" -W "$words" -- "$current"))
}
complete -o default -F _ops ops`;
}

function fish(commands: readonly Words[]): string {
  return commands
    .flatMap(({ path, next, values }) => {
      const seen = path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
      const below = commands
        .filter((other) => other.path.startsWith(`${path} `))
        .map((other) => other.path.split(" ")[1]);
      const not = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(" ")}`] : [];
      const when = path === "" ? "__fish_use_subcommand" : [...seen, ...not].join("; and ");
      return [
        `complete -c ops -n '${when}' -f -a '${next.join(" ")}'`,
        ...Object.entries(values).map(
          ([option, words]) =>
            `complete -c ops -n '${when}' -l ${option.slice(2)} -x -a '${words.join(" ")}'`,
        ),
      ];
    })
    .join("\n");
}
