// What the mobile app talks to.
import { defineApp } from "../app";
import { publicApp } from "../parts/rollout";

export default defineApp({
  name: "mobile-api",
  project: "workloads",
  namespace: "learning",
  summary: "What the mobile app talks to",
  objects: (target) =>
    publicApp(target, {
      name: "mobile-api",
      component: "api",
      owner: "mobile-engineer",
      integrations: ["payment", "customer-service-bot"],
      objects: true,
      secrets: { "session-key": "mobile-api-session" },
      scratch: 256,
    }),
});
