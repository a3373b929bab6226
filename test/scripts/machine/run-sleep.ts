// A process that runs a long program with a worker through the host, so that a test can kill it: `run-sleep.ts <user>`.
import { createHost } from "../../../scripts/machine";

const [user = ""] = process.argv.slice(2);
const host = createHost();
// Like pgBackRest's: the worker's input stays open, so that nothing tells it of the death of its parent.
void host.run("sh", ["-c", "sleep 64.5 & exec sleep 64.5"], { user });
void host.run("true", []); // a group that has ended is not killed again
setTimeout(() => console.log("running"), 300);
