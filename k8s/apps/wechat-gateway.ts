// The WeChat service account: sign-in, menus, template messages.
import { defineApp } from "../app";
import { publicApp } from "../parts/rollout";

export default defineApp({
  name: "wechat-gateway",
  project: "workloads",
  namespace: "learning",
  summary: "The WeChat service account: sign-in, menus, template messages",
  objects: (target) =>
    publicApp(target, {
      name: "wechat-gateway",
      component: "gateway",
      owner: "wechat-engineer",
      integrations: ["wechat"],
      objects: false,
      secrets: { "session-key": "wechat-gateway-session" },
      scratch: 256,
    }),
});
