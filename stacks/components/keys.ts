// The key that encrypts everything of one account and region, rotated every year.
// One, because without a KMS instance an account has a single default key per region: a second one would be refused.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";

export class Keys extends pulumi.ComponentResource {
  readonly key: alicloud.kms.Key;

  constructor(
    name: string,
    { environment, tags }: { environment: string; tags: Tags },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:Keys", name, {}, opts);
    this.key = new alicloud.kms.Key(
      name,
      {
        description: `Data of ${environment}`,
        keySpec: "Aliyun_AES_256",
        keyUsage: "ENCRYPT/DECRYPT",
        origin: "Aliyun_KMS",
        automaticRotation: "Enabled",
        rotationInterval: "365d", // a default key takes no other interval
        pendingWindowInDays: 30,
        deletionProtection: "Enabled",
        tags,
      },
      { parent: this, protect: true }, // losing it locks the database, its backups and every clone
    );
    new alicloud.kms.Alias(
      name,
      { aliasName: `alias/${physicalName(environment, "data")}`, keyId: this.key.id },
      { parent: this },
    );
    this.registerOutputs({ keyId: this.key.id });
  }
}
