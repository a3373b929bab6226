// Which operations of the cloud each declared type needs, and on what they may be used: pipelines' rights are put together
// from this by layer. Names of operations are the vendor's OpenAPI names, "recalled": the first `pulumi up` of a layer
// proves them, and what is missing is refused there, never granted by accident. Pure data.
import type { Layer } from "../environments";

/** ARNs that a service's operations are limited to; `<account>`, `<region>`, `<environment>` are filled in. */
const SCOPES = {
  vpc: "acs:vpc:<region>:<account>:*",
  ecs: "acs:ecs:<region>:<account>:*",
  alb: "acs:alb:<region>:<account>:*",
  alidns: "acs:alidns:*:<account>:domain/*",
  log: "acs:log:<region>:<account>:project/netedu-<environment>-*",
  rds: "acs:rds:<region>:<account>:*",
  kvstore: "acs:kvstore:<region>:<account>:*",
  oss: "acs:oss:*:<account>:netedu-<environment>-*",
  kms: "acs:kms:<region>:<account>:*",
  hbr: "acs:hbr:<region>:<account>:*",
  cs: "acs:cs:<region>:<account>:*",
  cms: "acs:cms:*:<account>:*",
  actiontrail: "acs:actiontrail:*:<account>:trail/netedu-<environment>-*",
} as const;
export type Service = keyof typeof SCOPES;

/** Reading is by prefix where no operation of that prefix hands out rights, but never beyond the account and its regions. */
const READS: Readonly<Record<Service, readonly string[]>> = {
  vpc: ["Describe*", "Get*", "List*"],
  ecs: ["Describe*"],
  alb: ["Get*", "List*"],
  alidns: ["Describe*"],
  log: ["Get*", "List*"],
  rds: ["Describe*", "ListTagResources"],
  kvstore: ["Describe*", "ListTagResources"],
  oss: ["GetBucket*"],
  kms: ["Describe*", "List*"],
  hbr: ["Describe*"],
  // By name: a prefix would take in DescribeClusterUserKubeconfig, which hands out a way into the cluster.
  cs: [
    "DescribeClusterDetail",
    "DescribeClustersV1",
    "DescribeClusterResources",
    "DescribeClusterNodePools",
    "DescribeClusterNodePoolDetail",
    "DescribeClusterNodes",
    "DescribeClusterTasks",
    "DescribeTaskInfo",
    "DescribeAddons",
    "DescribeClusterAddonsVersion",
    "GetClusterAddonInstance",
    "ListClusterAddonInstances",
    "ListTagResources",
    "GetUpgradeStatus",
  ],
  cms: ["Describe*"],
  actiontrail: ["Describe*", "Get*"],
};

/** Type without `alicloud:` and class → operations that change it. Deleting what holds state is nobody's: a person does it. */
const WRITES: Readonly<Record<string, readonly [Service, string]>> = {
  "vpc/network": ["vpc", "CreateVpc ModifyVpcAttribute TagResources UnTagResources"],
  "vpc/switch": ["vpc", "CreateVSwitch ModifyVSwitchAttribute DeleteVSwitch"],
  "vpc/natGateway": ["vpc", "CreateNatGateway ModifyNatGatewayAttribute DeleteNatGateway"],
  "vpc/snatEntry": ["vpc", "CreateSnatEntry ModifySnatEntry DeleteSnatEntry"],
  "vpc/flowLog": ["vpc", "CreateFlowLog ModifyFlowLogAttribute ActiveFlowLog DeleteFlowLog"],
  "vpc/peerConnection": ["vpc", "CreateVpcPeerConnection ModifyVpcPeerConnection DeleteVpcPeerConnection"],
  "vpc/peerConnectionAccepter": ["vpc", "AcceptVpcPeerConnection"],
  "vpc/routeEntry": ["vpc", "CreateRouteEntry DeleteRouteEntry"],
  "ecs/eipAddress": ["vpc", "AllocateEipAddress ModifyEipAddressAttribute"],
  "ecs/eipAssociation": ["vpc", "AssociateEipAddress UnassociateEipAddress"],
  "ecs/securityGroup": [
    "ecs",
    "CreateSecurityGroup ModifySecurityGroupAttribute ModifySecurityGroupPolicy DeleteSecurityGroup TagResources UntagResources",
  ],
  "ecs/securityGroupRule": [
    "ecs",
    "AuthorizeSecurityGroup AuthorizeSecurityGroupEgress RevokeSecurityGroup RevokeSecurityGroupEgress ModifySecurityGroupRule",
  ],
  "alb/loadBalancer": [
    "alb",
    "CreateLoadBalancer UpdateLoadBalancerAttribute UpdateLoadBalancerEdition UpdateLoadBalancerZones EnableLoadBalancerAccessLog TagResources UnTagResources",
  ],
  "alb/serverGroup": ["alb", "CreateServerGroup UpdateServerGroupAttribute DeleteServerGroup"],
  "alb/listener": ["alb", "CreateListener UpdateListenerAttribute DeleteListener"],
  "alb/rule": ["alb", "CreateRule UpdateRuleAttribute DeleteRule"],
  "dns/alidnsRecord": [
    "alidns",
    "AddDomainRecord UpdateDomainRecord UpdateDomainRecordRemark SetDomainRecordStatus DeleteDomainRecord",
  ],
  "log/project": ["log", "CreateProject UpdateProject TagResources UntagResources"],
  "log/store": ["log", "CreateLogStore UpdateLogStore"],
  "log/storeIndex": ["log", "CreateIndex UpdateIndex"],
  "sls/alert": ["log", "CreateAlert UpdateAlert EnableAlert DisableAlert DeleteAlert"],
  "rds/instance": [
    "rds",
    "CreateDBInstance ModifyDBInstanceSpec ModifyDBInstanceDescription ModifySecurityIps ModifyParameter ModifyDBInstanceSSL ModifyPGHbaConfig ModifySQLCollectorPolicy ModifySQLCollectorRetention ModifyDBInstanceMonitor ModifyDBInstanceMaintainTime ModifyDBInstanceHAConfig ModifyDasInstanceConfig TagResources UntagResources",
  ],
  "rds/backupPolicy": ["rds", "ModifyBackupPolicy"],
  "rds/rdsInstanceCrossBackupPolicy": ["rds", "ModifyInstanceCrossBackupPolicy"],
  "rds/database": ["rds", "CreateDatabase ModifyDBDescription"],
  "rds/rdsAccount": ["rds", "CreateAccount ResetAccountPassword ModifyAccountDescription DeleteAccount"],
  "rds/accountPrivilege": ["rds", "GrantAccountPrivilege RevokeAccountPrivilege"],
  "kvstore/instance": [
    "kvstore",
    "CreateInstance ModifyInstanceAttribute ModifyInstanceSpec ModifyInstanceConfig ModifySecurityIps ModifyInstanceSSL ModifyBackupPolicy TagResources UntagResources",
  ],
  "redis/tairInstance": [
    "kvstore",
    "CreateTairInstance ModifyInstanceAttribute ModifyInstanceSpec ModifyInstanceConfig ModifySecurityIps ModifyInstanceSSL ModifyInstanceVpcAuthMode TagResources UntagResources",
  ],
  "oss/bucket": ["oss", "PutBucket PutBucketTagging PutBucketLifecycle"],
  "oss/bucketAcl": ["oss", "PutBucketAcl"],
  "oss/bucketHttpsConfig": ["oss", "PutBucketHttpsConfig"],
  "oss/bucketPolicy": ["oss", "PutBucketPolicy"],
  "oss/bucketPublicAccessBlock": ["oss", "PutBucketPublicAccessBlock"],
  "oss/bucketReplication": ["oss", "PutBucketReplication DeleteBucketReplication"],
  "oss/bucketServerSideEncryption": ["oss", "PutBucketEncryption"],
  "oss/bucketVersioning": ["oss", "PutBucketVersioning"],
  "oss/bucketWorm": ["oss", "InitiateBucketWorm CompleteBucketWorm ExtendBucketWorm"],
  "kms/key": [
    "kms",
    "CreateKey UpdateKeyDescription UpdateRotationPolicy SetDeletionProtection TagResource UntagResource",
  ],
  "kms/alias": ["kms", "CreateAlias UpdateAlias"],
  "hbr/vault": ["hbr", "CreateVault UpdateVault"],
  "hbr/policy": ["hbr", "CreatePolicyV2 UpdatePolicyV2"],
  "hbr/policyBinding": ["hbr", "CreatePolicyBindings UpdatePolicyBinding DeletePolicyBinding"],
  "ecs/instance": [
    "ecs",
    "RunInstances StartInstance StopInstance ModifyInstanceAttribute ModifyInstanceSpec ModifyInstanceMetadataOptions ReplaceSystemDisk TagResources UntagResources",
  ],
  "ecs/ecsDisk": ["ecs", "CreateDisk ModifyDiskAttribute ResizeDisk"],
  "ecs/ecsDiskAttachment": ["ecs", "AttachDisk DetachDisk"],
  "ecs/ecsDeploymentSet": ["ecs", "CreateDeploymentSet ModifyDeploymentSetAttribute"],
  "ecs/ramRoleAttachment": ["ecs", "AttachInstanceRamRole DetachInstanceRamRole"],
  "ecs/autoSnapshotPolicy": ["ecs", "CreateAutoSnapshotPolicy ModifyAutoSnapshotPolicyEx"],
  "ecs/ecsAutoSnapshotPolicyAttachment": ["ecs", "ApplyAutoSnapshotPolicy CancelAutoSnapshotPolicy"],
  "cs/managedKubernetes": [
    "cs",
    // The last one is how Argo CD gets into a new cluster (stacks/programs/compute.ts).
    "CreateCluster ModifyCluster UpgradeCluster UpdateControlPlaneLog ModifyClusterTags DescribeClusterUserKubeconfig",
  ],
  "cs/nodePool": [
    "cs",
    "CreateClusterNodePool ModifyClusterNodePool ScaleClusterNodePool DeleteClusterNodepool",
  ],
  "actiontrail/trail": ["actiontrail", "CreateTrail UpdateTrail StartLogging"],
  "cms/alarm": [
    "cms",
    "PutResourceMetricRule EnableMetricRules DisableMetricRules DeleteMetricRules TagResources",
  ],
  "cms/alarmContact": ["cms", "PutContact DeleteContact"],
  "cms/alarmContactGroup": ["cms", "PutContactGroup DeleteContactGroup"],
  "cms/siteMonitor": ["cms", "CreateSiteMonitor ModifySiteMonitor EnableSiteMonitors DeleteSiteMonitors"],
};

/**
 * Types that no pipeline changes: who may do what is applied by a person, or a pipeline could give itself any right.
 * An `up` by a pipeline passes as long as they are unchanged.
 */
export const BY_PERSON: readonly string[] = [
  "ram/role",
  "ram/policy",
  "ram/rolePolicyAttachment",
  "ims/oidcProvider",
];

/** What each layer declares, whatever its configuration; held against the plans by a test. */
export const LAYER_TYPES: Readonly<Record<Layer, string>> = {
  network:
    "vpc/network vpc/switch vpc/natGateway vpc/snatEntry vpc/flowLog vpc/peerConnection vpc/peerConnectionAccepter vpc/routeEntry ecs/eipAddress ecs/eipAssociation ecs/securityGroup ecs/securityGroupRule alb/loadBalancer alb/serverGroup alb/listener alb/rule dns/alidnsRecord log/project log/store log/storeIndex",
  data: "rds/instance rds/backupPolicy rds/rdsInstanceCrossBackupPolicy rds/database rds/rdsAccount rds/accountPrivilege kvstore/instance redis/tairInstance oss/bucket oss/bucketAcl oss/bucketHttpsConfig oss/bucketPolicy oss/bucketPublicAccessBlock oss/bucketReplication oss/bucketServerSideEncryption oss/bucketVersioning oss/bucketWorm kms/key kms/alias hbr/vault hbr/policy hbr/policyBinding ecs/instance ecs/ecsDisk ecs/ecsDiskAttachment ecs/ecsDeploymentSet ecs/ramRoleAttachment ecs/autoSnapshotPolicy ecs/ecsAutoSnapshotPolicyAttachment",
  compute:
    "cs/managedKubernetes cs/nodePool ecs/instance ecs/ecsDisk ecs/ecsDiskAttachment log/project log/store log/storeIndex",
  watch:
    "actiontrail/trail cms/alarm cms/alarmContact cms/alarmContactGroup cms/siteMonitor sls/alert log/project log/store log/storeIndex",
};

export interface Grant {
  actions: readonly string[];
  resources: readonly string[];
  /** RAM condition block. */
  when?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** Reading of the given services, in the account's regions. */
export function reading(services: readonly Service[]): Grant[] {
  return services.map((service) => ({
    actions: READS[service].map((action) => `${service}:${action}`),
    resources: [SCOPES[service]],
  }));
}

export const SERVICES = Object.keys(SCOPES) as Service[];

/** Reading and changing what a layer declares, one grant a service. @throws Error when a type's operations are not known */
export function changing(layer: Layer): Grant[] {
  const needed = LAYER_TYPES[layer].split(" ").map((type) => {
    const found = WRITES[type];
    if (!found) throw new Error(`nobody has declared which operations ${type} needs`);
    return found;
  });
  return unique(needed.map(([service]) => service)).map((service) => ({
    actions: [
      ...READS[service],
      ...unique(needed.flatMap(([of, operations]) => (of === service ? operations.split(" ") : []))),
    ].map((action) => `${service}:${action}`),
    resources: [SCOPES[service]],
  }));
}
