// Settles payment callbacks and asks for those that never came.
import { defineApp } from "../app";
import { worker } from "../parts/workload";

export default defineApp({
  name: "worker-payment",
  project: "workloads",
  namespace: "learning",
  summary: "Settles payment callbacks and asks for those that never came",
  objects: (target) =>
    worker(target, {
      name: "worker-payment",
      owner: "payment-engineer",
      integrations: ["payment"],
      objects: false,
      secrets: {},
      grace: 60,
      scratch: 64,
    }),
});
