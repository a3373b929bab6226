// Transcodes lectures, from objects to objects.
import { defineApp } from "../app";
import { worker } from "../parts/workload";

export default defineApp({
  name: "worker-transcode",
  project: "workloads",
  namespace: "learning",
  summary: "Transcodes lectures, from objects to objects",
  objects: (target) =>
    worker(target, {
      name: "worker-transcode",
      owner: "media-engineer",
      integrations: [],
      objects: true,
      secrets: {},
      grace: 1800,
      scratch: 10240,
    }),
});
