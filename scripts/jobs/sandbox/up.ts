// `ops sandbox up`: makes the sandbox, or starts the one that exists.
import { defineCommand } from "../../job";
import { shownCheck, theSandbox } from "../../sandbox/outcome";

export default defineCommand({
  summary: "Create the sandbox, or start the one that exists",
  arguments: {
    scale: {
      kind: "amount",
      description: "size, 1 = 20,000 learners and about 140 MB; default: the existing sandbox's, or 1",
    },
  },
  examples: [
    { command: "ops sandbox up", what: "Create the sandbox, or start the one that exists." },
    { command: "ops sandbox up --scale 10", what: "Create one with ten times the data." },
  ],
  target: "sandbox",
  plan: async () => [
    "make a PostgreSQL cluster that only its own socket reaches, unless there is one; start it",
    "apply the migrations and fill the learning platform at the given scale",
    "create the pgBackRest stanza and check that WAL reaches its encrypted repository",
    "start the workload: orders, study records and a heartbeat a second",
  ],
  run: async (context, { scale }) => {
    const sandbox = theSandbox(context);
    return context.progress.phase("sandbox up", async (phase) => {
      const made = await sandbox.prepare({ scale, onNote: (line) => phase.note(line) });
      const { directory, detail } = await sandbox.status();
      const verb = made.created ? "made" : "found";
      return shownCheck("sandbox-up", `${verb} at scale ${made.scale} in ${directory}: ${detail}`);
    });
  },
});
