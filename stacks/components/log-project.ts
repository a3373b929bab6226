// A log project with indexed stores, kept at least as long as the law asks.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../environments";

/** Days: six months (网络安全法, art. 21). */
const LEGAL_MINIMUM = 180;

export interface LogProjectArgs {
  projectName: string;
  purpose: string;
  stores: readonly {
    name: string;
    /** Days, at least 180. */
    retention: number;
  }[];
  tags: Tags;
}

export class LogProject extends pulumi.ComponentResource {
  readonly projectName: pulumi.Output<string>;
  private readonly stores = new Map<string, alicloud.log.Store>();

  /** @throws Error when a store is kept shorter than the law asks */
  constructor(name: string, args: LogProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:LogProject", name, {}, opts);
    for (const store of args.stores) {
      if (store.retention < LEGAL_MINIMUM) {
        throw new Error(
          `log store ${store.name}: ${store.retention} days, the law asks for ${LEGAL_MINIMUM}`,
        );
      }
    }
    const project = new alicloud.log.Project(
      name,
      { projectName: args.projectName, description: args.purpose, tags: args.tags },
      { parent: this, protect: true },
    );
    this.projectName = project.projectName;
    for (const { name: store, retention } of args.stores) this.createStore(name, store, retention);
    this.registerOutputs({ projectName: this.projectName });
  }

  /** Name of a store, known once it exists. */
  store(name: string): pulumi.Output<string> {
    return this.stores.get(name)!.logstoreName;
  }

  private createStore(name: string, store: string, retention: number): void {
    const made = new alicloud.log.Store(
      `${name}-${store}`,
      {
        projectName: this.projectName,
        logstoreName: store,
        retentionPeriod: retention,
        shardCount: 2,
        autoSplit: true,
        maxSplitShardCount: 16,
      },
      { parent: this, protect: true },
    );
    this.stores.set(store, made);
    // Without an index nothing in the store can be queried, nor alarm.
    new alicloud.log.StoreIndex(
      `${name}-${store}`,
      {
        project: this.projectName,
        logstore: made.logstoreName,
        fullText: { caseSensitive: false, includeChinese: true, token: " #$^*\r\n\t,;:=()[]{}?@&<>/" },
      },
      { parent: this },
    );
  }
}
