// Sends verification codes and notices by SMS.
import { defineApp } from "../app";
import { worker } from "../parts/workload";

export default defineApp({
  name: "worker-sms",
  project: "workloads",
  namespace: "learning",
  summary: "Sends verification codes and notices by SMS",
  objects: (target) =>
    worker(target, {
      name: "worker-sms",
      owner: "messaging-engineer",
      integrations: ["sms"],
      objects: false,
      secrets: {},
      grace: 60,
      scratch: 64,
    }),
});
