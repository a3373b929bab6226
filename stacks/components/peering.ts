// A private road between the recovery environment and the one it recovers, declared whole on the recovery side.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Region, type Tags } from "../environments";

export interface PeeringArgs {
  environment: string;
  here: { vpcId: pulumi.Input<string>; routeTableId: pulumi.Input<string>; cidr: string };
  there: {
    vpcId: pulumi.Input<string>;
    routeTableId: pulumi.Input<string>;
    cidr: string;
    region: Region;
    accountId: string;
    /** Provider of the other region. */
    provider: pulumi.ProviderResource;
  };
  /** Mbit/s */
  bandwidth: number;
  tags: Tags;
}

export class Peering extends pulumi.ComponentResource {
  constructor(
    name: string,
    { environment, here, there, bandwidth, tags }: PeeringArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:Peering", name, {}, opts);
    const connection = new alicloud.vpc.PeerConnection(
      name,
      {
        peerConnectionName: physicalName(environment, "peering"),
        vpcId: here.vpcId,
        acceptingAliUid: Number(there.accountId),
        acceptingRegionId: there.region,
        acceptingVpcId: there.vpcId,
        bandwidth,
        tags,
      },
      { parent: this },
    );
    const accepted = new alicloud.vpc.PeerConnectionAccepter(
      name,
      { instanceId: connection.id },
      { parent: this, provider: there.provider },
    );
    const route = (
      side: string,
      table: pulumi.Input<string>,
      cidr: string,
      provider?: pulumi.ProviderResource,
    ) =>
      new alicloud.vpc.RouteEntry(
        `${name}-${side}`,
        {
          name: physicalName(environment, "peering"),
          routeTableId: table,
          destinationCidrblock: cidr,
          nexthopType: "VpcPeer",
          nexthopId: connection.id,
        },
        { parent: this, dependsOn: accepted, ...(provider ? { provider } : {}) },
      );
    route("there", here.routeTableId, there.cidr);
    route("back", there.routeTableId, here.cidr, there.provider);
    this.registerOutputs();
  }
}
