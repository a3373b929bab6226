// A process that opens a container and runs things in it, so that a test can kill it: `hold-cell.ts <user> <hide> <read-only>`.
// With a fourth argument it first gives up root for good, as on a machine where ops is started by an ordinary account.

import { createIsolation } from "../../../../scripts/isolation/adapter";
import { createHost } from "../../../../scripts/machine";

const [user = "", hide = "", readOnly = "", uid] = process.argv.slice(2);

async function main(): Promise<void> {
  if (uid !== undefined) {
    process.setgroups?.([]);
    process.setgid?.(Number(uid));
    process.setuid?.(Number(uid));
  }
  const container = await createIsolation(createHost()).open({
    id: "held",
    user,
    outside: user,
    writable: [],
    readOnly: [readOnly],
  });
  // Shared memory of its own goes with it; without isolation the file would stay behind.
  if (container.isolated) await container.run("touch", ["/dev/shm/ops-held-container"]);
  const script = `id -u; ls -A ${hide}; touch ${readOnly}/x && rm ${readOnly}/x`;
  const { stdout, stderr } = await container.run("sh", ["-c", script]);
  const { isolated, separation, init } = container;
  const ways = await container.egress();
  await container.spawn("sh", ["-c", "sleep 81.5 & setsid sleep 81.5 & wait"], { logFile: "/dev/null" });
  void container.run("sleep", ["81.5"]);
  setTimeout(
    () => console.log(JSON.stringify({ isolated, separation, init, ways, said: stdout + stderr })),
    300,
  );
}

void main();
