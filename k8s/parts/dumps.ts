// The volume on which dumps are kept: its names, on which the platform that makes it and the job that uses it agree.
import { physicalName } from "../../stacks/environments";

export const DUMP_CLAIM = "dumps";

/** No class of this name exists: nothing is made for a claim that finds no volume. */
export const DUMP_CLASS = "oss-dumps";

/** A bucket has no size; both sides of a binding must name one. */
export const DUMP_SIZE = "1Ti";

/** Bucket, role and volume have one name (stacks/plan/buckets.ts, stacks/components/dump-role.ts). */
export const dumpVolume = (environment: string): string => physicalName(environment, "dumps");
