// A process that runs a long program through the host, so that a test can kill it: `run-sleep.ts <user>`.
import { createHost } from "../../../../scripts/adapters/host";

const [user = ""] = process.argv.slice(2);
void createHost().run("sleep", ["64.5"], { user });
setTimeout(() => console.log("running"), 300);
