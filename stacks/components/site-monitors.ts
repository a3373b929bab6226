// Probes from outside: what learners see, from several cities and carriers.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import type { WatchConfig } from "../configuration";

/** Where probes start; city and carrier codes of CloudMonitor ("recalled": 738 Hangzhou, 546 Shanghai, 4 Beijing; 465 BGP). */
const POINTS = [
  { city: "546", isp: "465", type: "IDC" },
  { city: "738", isp: "465", type: "IDC" },
  { city: "4", isp: "465", type: "IDC" },
];

export class SiteMonitors extends pulumi.ComponentResource {
  private readonly monitors = new Map<string, alicloud.cms.SiteMonitor>();

  constructor(
    name: string,
    { sites }: { sites: WatchConfig["sites"] },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:SiteMonitors", name, {}, opts);
    for (const { name: site, url } of sites) {
      const monitor = new alicloud.cms.SiteMonitor(
        site,
        {
          taskName: site,
          taskType: "HTTP",
          address: url,
          interval: "1", // minutes
          agentGroup: "PC",
          status: "1",
          ispCities: POINTS,
          optionJson: { httpMethod: "get", timeout: 10_000, minTlsVersion: "tlsv1.2" },
        },
        { parent: this },
      );
      this.monitors.set(site, monitor);
    }
    this.registerOutputs();
  }

  taskId(site: string): pulumi.Output<string> {
    return this.monitors.get(site)!.id;
  }
}
