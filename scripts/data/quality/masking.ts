// How a personal value is shown. The default shows nothing of it; another may show what a law allows.
import type { PersonalKind } from "../../../policies/data/queries";

export type Mask = (kind: PersonalKind, value: string) => string;

export const strictMask: Mask = () => "***";
