// Layer 1: the network. Everything else stands in it.
import type * as pulumi from "@pulumi/pulumi";
import { Edge } from "../components/edge";
import { LogProject } from "../components/log-project";
import { Network } from "../components/network";
import { Peering } from "../components/peering";
import { SecurityGroups } from "../components/security-groups";
import { readConfig } from "../config";
import type { NetworkConfig } from "../configuration";
import { ENVIRONMENTS, type Environment, physicalName } from "../environments";
import { CLIENT_TIERS } from "../plan/subnets";
import { accountId, currentStack, environmentOf, providerOf, reference, type StackContext } from "./context";

export async function network(): Promise<Record<string, unknown>> {
  const context = currentStack();
  const config = readConfig(context.stack, "network");
  const environment = environmentOf(context);
  const provider = providerOf(environment.region);
  const opts = { provider };
  const { tags } = context;

  const made = new Network(
    "main",
    {
      environment: environment.name,
      cidr: environment.cidr,
      zones: environment.zones,
      tags,
      egress: { tiers: CLIENT_TIERS, bandwidth: config.egressBandwidth },
      logRetention: config.logRetention,
    },
    opts,
  );
  const groups = new SecurityGroups(
    "main",
    { environment: environment.name, vpcId: made.vpc.id, tags },
    opts,
  );
  const logs = new LogProject(
    "edge",
    {
      projectName: physicalName(environment.name, "edge"),
      purpose: "Access logs of the load balancer",
      stores: [{ name: "alb_access", retention: config.logRetention }],
      tags,
    },
    opts,
  );
  const edge = new Edge(
    "edge",
    {
      environment: environment.name,
      vpcId: made.vpc.id,
      switches: made.tier("edge"),
      ...config.edge,
      logs,
      tags,
    },
    opts,
  );
  if (environment.recovers && config.peering) {
    peer(context, environment, ENVIRONMENTS[environment.recovers], made, config.peering, provider);
  }

  const ids = (tier: string) => made.tier(tier).map(({ id }) => id);
  return {
    vpcId: made.vpc.id,
    routeTableId: made.vpc.routeTableId,
    podSwitches: ids("pods"),
    nodeSwitches: ids("nodes"),
    serverSwitches: ids("servers"),
    dataSwitches: ids("data"),
    clusterGroup: groups.id("cluster"),
    serverGroup: groups.id("servers"),
    databaseGroup: groups.id("database"),
    egressIp: made.egressIp,
    loadBalancer: edge.loadBalancer.id,
    applications: edge.serverGroup.id,
  };
}

function peer(
  context: StackContext,
  here: Environment,
  there: Environment,
  made: Network,
  { bandwidth }: NonNullable<NetworkConfig["peering"]>,
  provider: pulumi.ProviderResource,
): void {
  const other = reference(`${there.name}-network`);
  new Peering(
    "peering",
    {
      environment: here.name,
      here: { vpcId: made.vpc.id, routeTableId: made.vpc.routeTableId, cidr: here.cidr },
      there: {
        vpcId: other.requireOutput("vpcId"),
        routeTableId: other.requireOutput("routeTableId"),
        cidr: there.cidr,
        region: there.region,
        accountId: accountId(there),
        provider: providerOf(there.region),
      },
      bandwidth,
      tags: context.tags,
    },
    { provider },
  );
}
