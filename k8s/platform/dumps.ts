// The bucket of dumps as a volume: mounted by the vendor's CSI driver with the role that may write there and delete nothing
// (stacks/components/dump-role.ts), so that no credential ever reaches a pod. Only where dumps are made.
import { defineApp, type Target } from "../app";
import type { Manifest, PersistentVolume } from "../manifest";
import { DUMP_CLAIM, DUMP_CLASS, DUMP_SIZE, dumpVolume } from "../parts/dumps";
import { labelsOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import { POD_SECURITY } from "../parts/pod";

function volume(target: Target): PersistentVolume {
  const { name: environment, region } = target.environment;
  const name = dumpVolume(environment);
  const { runAsUser, runAsGroup } = POD_SECURITY;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name,
      labels: labelsOf(target, { name: "dumps", component: "platform", owner: "platform-engineer" }),
      annotations: { "argocd.argoproj.io/sync-options": "Delete=false,Prune=false" },
    },
    spec: {
      capacity: { storage: DUMP_SIZE },
      accessModes: ["ReadWriteMany"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: DUMP_CLASS,
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        namespace: NAMESPACES.operations,
        name: DUMP_CLAIM,
      },
      csi: {
        driver: "ossplugin.csi.alibabacloud.com",
        volumeHandle: name,
        volumeAttributes: {
          bucket: name,
          url: `oss-${region}-internal.aliyuncs.com`,
          // Files are read by who wrote them only, whatever mode an object says.
          otherOpts: `-o uid=${runAsUser} -o gid=${runAsGroup} -o umask=077 -o allow_other`,
          authType: "rrsa",
          roleName: name,
        },
      },
    },
  };
}

export default defineApp({
  name: "dumps",
  project: "platform",
  namespace: NAMESPACES.operations,
  summary: "The bucket of dumps as a volume",
  only: ({ engine }) => engine === "rds",
  objects: (target): Manifest[] => [volume(target)],
});
