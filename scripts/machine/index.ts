// The machine that ops runs on, as a Host. Each file beside this one does one of its parts.

import { claimAccount } from "./claims";
import { files } from "./files";
import { alive, kill, killInit, self } from "./identity";
import { lock } from "./lock";
import type { Host } from "./port";
import { createPrograms } from "./programs";
import { run } from "./run";

export function createHost(env: NodeJS.ProcessEnv = process.env): Host {
  return {
    run,
    program: createPrograms(env),
    ...files,
    lock,
    alive,
    self,
    kill,
    killInit,
    claimAccount: (directory) => claimAccount(directory),
  };
}
