// Runs `up` in a process of its own, so that a test can kill it half-way: `up.ts <directory> <socket> <user>`.

import { createHost } from "../../scripts/machine";
import { createClock } from "../../scripts/machine/clock";
import { createSandbox } from "../../scripts/sandbox/adapter/sandbox";

const [directory = "", socket = "", user = ""] = process.argv.slice(2);
const host = createHost();
const clock = createClock();
void createSandbox({ host, clock, directory, socket, user, environment: "sandbox" }).up({ scale: 1 });
