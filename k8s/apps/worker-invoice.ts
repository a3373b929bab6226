// Has invoices issued and reversed for payments.
import { defineApp } from "../app";
import { worker } from "../parts/workload";

export default defineApp({
  name: "worker-invoice",
  project: "workloads",
  namespace: "learning",
  summary: "Has invoices issued and reversed for payments",
  objects: (target) =>
    worker(target, {
      name: "worker-invoice",
      owner: "finance-integration-engineer",
      integrations: ["e-invoice"],
      objects: true,
      secrets: {},
      grace: 120,
      scratch: 128,
    }),
});
