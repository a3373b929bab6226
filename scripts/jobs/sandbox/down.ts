// `ops sandbox down`: removes the sandbox, after proving that it is one.
import { defineCommand } from "../../job";
import { shownCheck, theSandbox } from "../../sandbox/outcome";

export default defineCommand({
  summary: "Remove the sandbox, after proving that it is one",
  arguments: {},
  examples: [{ command: "ops sandbox down", what: "Remove it, after proving that it is one." }],
  target: "sandbox",
  plan: async () => [
    "prove that the directory is a sandbox of ours",
    "stop the workload and the server",
    "remove the directory",
  ],
  run: async (context) => {
    const sandbox = theSandbox(context);
    return context.progress.phase("sandbox down", async () => {
      const { directory } = await sandbox.down();
      return shownCheck("sandbox-down", `nothing is left in ${directory}`);
    });
  },
});
