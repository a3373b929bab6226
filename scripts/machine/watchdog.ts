// A small process that outlives ops by a moment: when ops dies, however it dies, it kills the process groups that ops was
// still running. `--pdeathsig` reaches only the program itself: the workers of a killed `pgbackrest backup` would wait half an
// hour for it and hold its lock all that time.
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/** Reads `+ group` and `- group`; its input ends when ops does. */
const SCRIPT = `
groups=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`;

let dog: ChildProcess | undefined;

/** Makes the group die with ops. @returns what to call once the group may live on or is gone */
export function guard(group: number | undefined): () => void {
  if (group === undefined) return () => {};
  dog ??= start();
  const { stdin } = dog;
  stdin?.write(`+ ${group}\n`);
  return () => void stdin?.write(`- ${group}\n`);
}

/** In a session of its own, so that Ctrl-C does not end it before ops; it keeps nobody from ending. */
function start(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    env: {},
  });
  child.unref();
  (child.stdin as Socket | null)?.unref();
  // Without a watchdog everything works as well, except that a kill -9 may leave workers.
  child.on("error", () => {});
  child.stdin?.on("error", () => {});
  return child;
}
