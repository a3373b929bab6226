// A managed Kubernetes cluster whose API only the VPC can reach, with node pools by purpose.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import type { PoolConfig } from "../configuration";
import { physicalName, SERVICE_CIDR, type Tags } from "../environments";
import { LogProject } from "./log-project";

export interface ClusterArgs {
  environment: string;
  version: string;
  spec: string;
  nodeSwitches: pulumi.Input<pulumi.Input<string>[]>;
  podSwitches: pulumi.Input<pulumi.Input<string>[]>;
  groupId: pulumi.Input<string>;
  keyId: pulumi.Input<string>;
  pools: readonly PoolConfig[];
  /** Days that audit and control-plane logs are kept. */
  logRetention: number;
  tags: Tags;
}

/** What the platform itself needs; the rest comes by GitOps. Given at creation only, later by cs.KubernetesAddon. */
const ADDONS: readonly { name: string; disabled?: boolean }[] = [
  { name: "terway-eniip" },
  { name: "csi-plugin" },
  { name: "managed-csiprovisioner" },
  { name: "managed-coredns" },
  { name: "metrics-server" },
  { name: "loongcollector" },
  { name: "alb-ingress-controller" },
  { name: "ack-node-problem-detector" },
  { name: "managed-security-inspector" },
  { name: "nginx-ingress-controller", disabled: true },
];

export class Cluster extends pulumi.ComponentResource {
  readonly cluster: alicloud.cs.ManagedKubernetes;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Cluster", name, {}, opts);
    const logs = new LogProject(
      `${name}-logs`,
      {
        projectName: physicalName(args.environment, "cluster"),
        purpose: "Audit and control-plane logs of the cluster",
        stores: [{ name: "audit", retention: args.logRetention }],
        tags: args.tags,
      },
      { parent: this },
    );
    this.cluster = this.createCluster(name, args, logs);
    for (const pool of args.pools) this.createPool(name, pool, args);
    this.registerOutputs({ clusterId: this.cluster.id });
  }

  private createCluster(name: string, args: ClusterArgs, logs: LogProject): alicloud.cs.ManagedKubernetes {
    return new alicloud.cs.ManagedKubernetes(
      name,
      {
        name: physicalName(args.environment, "cluster"),
        clusterSpec: args.spec,
        profile: "Default",
        version: args.version,
        vswitchIds: args.nodeSwitches,
        podVswitchIds: args.podSwitches,
        serviceCidr: SERVICE_CIDR,
        proxyMode: "iptables", // ipvs is on its way out from 1.35
        securityGroupId: args.groupId,
        newNatGateway: false, // the VPC has its own, with the fixed address
        slbInternetEnabled: false,
        enableRrsa: true,
        encryptionProviderKey: args.keyId,
        disableEncryption: false,
        auditLogConfig: { enabled: true, slsProjectName: logs.projectName },
        controlPlaneLogComponents: ["apiserver", "kcm", "scheduler", "ccm", "controlplane-events"],
        controlPlaneLogProject: logs.projectName,
        controlPlaneLogTtl: String(args.logRetention),
        addons: ADDONS.map((addon) => ({ ...addon })),
        maintenanceWindow: {
          enable: true,
          maintenanceTime: "2026-01-07T20:00:00Z", // 04:00 Asia/Shanghai, after the backup
          duration: "3h",
          weeklyPeriod: "Wednesday",
        },
        deletionProtection: true,
        deleteOptions: [
          { resourceType: "SLS_Data", deleteMode: "retain" },
          { resourceType: "SLS_ControlPlane", deleteMode: "retain" },
        ],
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
  }

  private createPool(name: string, pool: PoolConfig, args: ClusterArgs): void {
    new alicloud.cs.NodePool(
      `${name}-${pool.name}`,
      {
        clusterId: this.cluster.id,
        nodePoolName: pool.name,
        vswitchIds: args.nodeSwitches,
        instanceTypes: [...pool.types],
        instanceChargeType: "PostPaid",
        multiAzPolicy: "BALANCE",
        imageType: "AliyunLinux3ContainerOptimized",
        runtimeName: "containerd",
        securityHardeningOs: true,
        instanceMetadataOptions: { httpTokens: "required" },
        systemDiskCategory: "cloud_essd",
        systemDiskSize: pool.disk,
        systemDiskEncrypted: true,
        systemDiskKmsKey: args.keyId,
        securityGroupIds: [args.groupId],
        scalingConfig: { enable: true, minSize: pool.min, maxSize: pool.max, type: "cpu" },
        management: { enable: true, autoRepair: true, autoVulFix: true, maxUnavailable: 1 },
        labels: [{ key: "purpose", value: pool.purpose }],
        // A night's jobs must not land beside what people use.
        taints: pool.purpose === "jobs" ? [{ key: "purpose", value: "jobs", effect: "NoSchedule" }] : [],
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
