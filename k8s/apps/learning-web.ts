// The site that learners use on a PC.
import { defineApp } from "../app";
import { publicApp } from "../parts/rollout";

export default defineApp({
  name: "learning-web",
  project: "workloads",
  namespace: "learning",
  summary: "The site that learners use on a PC",
  objects: (target) =>
    publicApp(target, {
      name: "learning-web",
      component: "web",
      owner: "web-engineer",
      integrations: ["payment", "customer-service-bot"],
      objects: true,
      secrets: { "session-key": "learning-web-session" },
      scratch: 256,
    }),
});
