// Layer 3: what computes. The cluster, the servers beside it, the pipelines' roles, and Argo CD as the hand-over to git.
import * as alicloud from "@pulumi/alicloud";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../components/cluster";
import { DumpRole } from "../components/dump-role";
import { GitOps } from "../components/gitops";
import { PipelineRoles } from "../components/pipeline-roles";
import { Server } from "../components/server";
import { declaredConfig, readConfig } from "../config";
import type { ComputeConfig } from "../configuration";
import { ENVIRONMENTS, type Environment, physicalName, type Region, type Tags } from "../environments";
import { accountId, currentStack, environmentOf, placesIn, providerOf, reference } from "./context";

export async function compute(): Promise<Record<string, unknown>> {
  const context = currentStack();
  const { stack, tags } = context;
  const environment = environmentOf(context);
  const config = readConfig(stack, "compute");
  const network = reference(`${environment.name}-network`);
  const data = reference(`${environment.name}-data`);
  const provider = providerOf(environment.region);
  const opts = { provider };
  const keyId = data.requireOutput("keyId") as pulumi.Output<string>;

  const { cluster } = new Cluster(
    "cluster",
    {
      environment: environment.name,
      ...config.cluster,
      nodeSwitches: network.requireOutput("nodeSwitches") as pulumi.Output<string[]>,
      podSwitches: network.requireOutput("podSwitches") as pulumi.Output<string[]>,
      groupId: network.requireOutput("clusterGroup"),
      keyId,
      pools: config.pools,
      tags,
    },
    opts,
  );
  const servers = createServers({ environment, config, network, keyId, tags }, opts);
  if (config.pipelines) {
    new PipelineRoles(
      "pipelines",
      {
        environment: environment.name,
        accountId: accountId(environment),
        covers: coveredBy(environment),
        ...config.pipelines,
        tags,
      },
      opts,
    );
  }
  if (declaredConfig(`${environment.name}-data`, "data").postgres.engine === "rds") {
    new DumpRole(
      "dumps",
      {
        environment: environment.name,
        accountId: accountId(environment),
        cluster,
        bucketName: physicalName(environment.name, "dumps"),
        region: environment.region,
        tags,
      },
      opts,
    );
  }
  const inside = providerInside(cluster, provider);
  new GitOps("argocd", { environment: environment.name, ...config.argocd }, { provider: inside });

  return {
    clusterId: cluster.id,
    clusterName: cluster.name,
    servers: Object.fromEntries(
      servers.map(({ instance }, index) => [config.servers[index]!.name, instance.id]),
    ),
  };
}

interface ServerContext {
  environment: Environment;
  config: Pick<ComputeConfig, "servers">;
  network: pulumi.StackReference;
  keyId: pulumi.Input<string>;
  tags: Tags;
}

/** Spread over the zones in turn. */
function createServers(
  { environment, config, network, keyId, tags }: ServerContext,
  opts: pulumi.ComponentResourceOptions,
): Server[] {
  const places = placesIn(network, "serverSwitches", environment.zones);
  return config.servers.map(
    ({ name, type, image, disk, data: size }, index) =>
      new Server(
        name,
        {
          environment: environment.name,
          name,
          type,
          image,
          place: places[index % places.length]!,
          groupId: network.requireOutput("serverGroup"),
          keyId,
          systemDisk: disk,
          ...(size === undefined ? {} : { dataDisk: { size, category: "cloud_essd" } }),
          tags: { ...tags, role: name },
        },
        opts,
      ),
  );
}

/** Speaks to the cluster itself, with a credential that lasts an hour. */
function providerInside(cluster: Cluster["cluster"], provider: pulumi.ProviderResource): kubernetes.Provider {
  const credential = alicloud.cs.getClusterCredentialOutput(
    { clusterId: cluster.id, temporaryDurationMinutes: 60 },
    { provider },
  );
  return new kubernetes.Provider("cluster", {
    kubeconfig: pulumi.secret(credential.kubeConfig),
    enableServerSideApply: true,
  });
}

/** Everything that lives in this environment's account. */
function coveredBy({ account }: Environment): { environments: string[]; regions: Region[] } {
  const same = Object.values(ENVIRONMENTS).filter((other) => other.account === account);
  return {
    environments: same.map(({ name }) => name),
    regions: [...new Set(same.map(({ region }) => region))],
  };
}
