// The buckets of an environment and how each is kept. Pure data.

export interface BucketPlan {
  name: string;
  /** Part of the physical name when it is another, e.g. after a rename that must not move the data. */
  physical?: string;
  why: string;
  keep: "versioned" | "worm";
  /** Copied into the second region. */
  replicated?: boolean;
  /** Copied daily by Cloud Backup as well: people's files, which no other backup holds. */
  cloudBackup?: boolean;
  /** Objects expire with the retention of backups. */
  expires?: boolean;
  /** Days until infrequent access. */
  infrequentAfter?: number;
  /** Those who write must not be able to destroy. */
  writersRestrained?: boolean;
}

export const BUCKETS: readonly BucketPlan[] = [
  {
    name: "courses",
    why: "lectures and materials",
    keep: "versioned",
    replicated: true,
    cloudBackup: true,
    infrequentAfter: 180,
  },
  { name: "uploads", why: "what learners hand in", keep: "versioned", replicated: true, cloudBackup: true },
  {
    name: "documents",
    why: "certificates, invoices, reports",
    keep: "versioned",
    replicated: true,
    cloudBackup: true,
  },
  // No WORM: pgBackRest rewrites its index files at every backup.
  {
    name: "pgbackrest",
    why: "backup repository of PostgreSQL",
    keep: "versioned",
    replicated: true,
    writersRestrained: true,
  },
  {
    name: "dumps",
    why: "nightly logical dump: the path into the second region that we control",
    keep: "versioned",
    replicated: true,
    expires: true,
  },
  // WORM excludes versioning, and a replica of signed, chained evidence adds nothing that its export does not.
  { name: "evidence", why: "signed evidence of every job", keep: "worm" },
];
