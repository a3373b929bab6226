// `ops sandbox status`: whether the sandbox's server and its workload run.
import { defineCommand } from "../../job";
import { shownCheck, theSandbox } from "../../sandbox/outcome";

export default defineCommand({
  summary: "Show whether its server and its workload are running",
  arguments: {},
  effect: "reads",
  examples: [
    { command: "ops sandbox status", what: "Show whether its server and its workload are running." },
  ],
  target: "sandbox",
  plan: async () => ["look whether the server and the workload run; fail when one of them does not"],
  run: async (context) => {
    const { running, workload, directory, scale, detail } = await theSandbox(context).status();
    const size = scale === null ? "" : ` at scale ${scale}`;
    return shownCheck("sandbox-status", `${directory}${size}: ${detail}`, running && workload);
  },
});
