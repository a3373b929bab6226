// Who did what in the account: ActionTrail into our own log project, because by itself it forgets after 90 days.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Region } from "../environments";
import type { LogProject } from "./log-project";

export interface TrailArgs {
  environment: string;
  region: Region;
  accountId: string;
  project: LogProject;
}

export class Trail extends pulumi.ComponentResource {
  constructor(
    name: string,
    { environment, region, accountId, project }: TrailArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:Trail", name, {}, opts);
    new alicloud.actiontrail.Trail(
      name,
      {
        trailName: physicalName(environment, "trail"),
        eventRw: "All",
        trailRegion: "All",
        slsProjectArn: pulumi.interpolate`acs:log:${region}:${accountId}:project/${project.projectName}`,
        slsWriteRoleArn: `acs:ram::${accountId}:role/aliyunserviceroleforactiontrail`,
        status: "Enable",
      },
      { parent: this, protect: true },
    );
    this.registerOutputs();
  }
}
