// A private, encrypted bucket that keeps what it was given: either versions (and a replica elsewhere) or WORM.
// The vendor excludes both at once, and so does the type of the arguments.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import type { Tags } from "../environments";

export interface Replica {
  bucket: pulumi.Input<string>;
  /** `oss-cn-hangzhou` */
  location: pulumi.Input<string>;
  /** Key of the destination's region. */
  keyId: pulumi.Input<string>;
  /** Name of a role that OSS assumes to copy. */
  role: pulumi.Input<string>;
}

export interface Versioned {
  kind: "versioned";
  /** Days that a replaced or deleted object can be brought back. */
  recoverable: number;
  replica?: Replica;
}

export interface Worm {
  kind: "worm";
  /** Days, 1–25550. */
  retention: number;
  /** Locked cannot be undone; unlocked lapses after 24 hours and serves rehearsal only. */
  locked: boolean;
}

export interface BucketArgs {
  /** Globally unique. */
  bucketName: string;
  keep: Versioned | Worm;
  keyId: pulumi.Input<string>;
  /** Days after which objects expire. @default never */
  expires?: number;
  /** Days after which objects move to infrequent access. @default never */
  infrequentAfter?: number;
  /** ARNs of principals that may write but must never destroy a version or loosen the bucket. */
  writers?: readonly pulumi.Input<string>[];
  tags: Tags;
}

export class Bucket extends pulumi.ComponentResource {
  readonly bucket: alicloud.oss.Bucket;
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: BucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Bucket", name, {}, opts);
    this.bucket = this.createBucket(name, args);
    this.bucketName = this.bucket.bucket.apply((value) => value ?? "");
    this.makePrivate(name, args);
    if (args.keep.kind === "versioned") this.keepVersions(name, args.keep);
    else this.writeOnce(name, args.keep);
    if (args.writers) this.restrainWriters(name, args.bucketName, args.writers);
    this.registerOutputs({ bucket: this.bucketName });
  }

  private createBucket(name: string, args: BucketArgs): alicloud.oss.Bucket {
    return new alicloud.oss.Bucket(
      name,
      {
        bucket: args.bucketName,
        storageClass: "Standard",
        redundancyType: "ZRS",
        lifecycleRules: lifecycle(args),
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
  }

  private makePrivate(name: string, { keyId }: BucketArgs): void {
    const bucket = this.bucketName;
    new alicloud.oss.BucketAcl(name, { bucket, acl: "private" }, { parent: this });
    new alicloud.oss.BucketPublicAccessBlock(name, { bucket, blockPublicAccess: true }, { parent: this });
    new alicloud.oss.BucketHttpsConfig(
      name,
      { bucket, enable: true, tlsVersions: ["TLSv1.2", "TLSv1.3"] },
      { parent: this },
    );
    new alicloud.oss.BucketServerSideEncryption(
      name,
      { bucket, sseAlgorithm: "KMS", kmsMasterKeyId: keyId },
      { parent: this },
    );
  }

  private keepVersions(name: string, { replica }: Versioned): void {
    const bucket = this.bucketName;
    const versioning = new alicloud.oss.BucketVersioning(
      name,
      { bucket, status: "Enabled" },
      { parent: this },
    );
    if (!replica) return;
    new alicloud.oss.BucketReplication(
      name,
      {
        bucket,
        action: "PUT", // deletions must not travel: the replica is what survives a mistake here
        destination: { bucket: replica.bucket, location: replica.location, transferType: "internal" },
        historicalObjectReplication: "enabled",
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
        encryptionConfiguration: { replicaKmsKeyId: replica.keyId },
        syncRole: replica.role,
      },
      { parent: this, dependsOn: versioning },
    );
  }

  private writeOnce(name: string, { retention, locked }: Worm): void {
    new alicloud.oss.BucketWorm(
      name,
      { bucket: this.bucketName, retentionPeriodInDays: retention, status: locked ? "Locked" : "InProgress" },
      { parent: this, protect: true },
    );
  }

  /** pgBackRest rewrites and expires its files, so deleting is allowed and leaves a version; destroying one is not. */
  private restrainWriters(name: string, bucketName: string, writers: readonly pulumi.Input<string>[]): void {
    const policy = pulumi.jsonStringify({
      Version: "1",
      Statement: [
        {
          Effect: "Deny",
          Action: [
            "oss:DeleteObjectVersion",
            "oss:DeleteBucket",
            "oss:PutBucketVersioning",
            "oss:PutBucketLifecycle",
            "oss:PutBucketPolicy",
          ],
          Principal: writers,
          Resource: [`acs:oss:*:*:${bucketName}`, `acs:oss:*:*:${bucketName}/*`],
        },
      ],
    });
    new alicloud.oss.BucketPolicy(name, { bucket: this.bucketName, policy }, { parent: this });
  }
}

function lifecycle({
  keep,
  expires,
  infrequentAfter,
}: BucketArgs): alicloud.types.input.oss.BucketLifecycleRule[] {
  const rules: alicloud.types.input.oss.BucketLifecycleRule[] = [
    { id: "unfinished-uploads", enabled: true, prefix: "", abortMultipartUploads: [{ days: 7 }] },
  ];
  if (keep.kind === "versioned") {
    rules.push({
      id: "old-versions",
      enabled: true,
      prefix: "",
      noncurrentVersionExpirations: [{ days: keep.recoverable }],
    });
  }
  if (expires) rules.push({ id: "expire", enabled: true, prefix: "", expirations: [{ days: expires }] });
  if (infrequentAfter) {
    rules.push({
      id: "infrequent",
      enabled: true,
      prefix: "",
      transitions: [{ days: infrequentAfter, storageClass: "IA" }],
    });
  }
  return rules;
}
