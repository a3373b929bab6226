// Everything that is planted, of every surface. One more is one row of the file of its surface.
import { KUBERNETES } from "./kubernetes";
import type { Injected } from "./planted";
import { SERVICE } from "./service";
import { STACK } from "./stack";
import { WORKFLOW } from "./workflow";

export const PLANTED: readonly Injected[] = [...STACK, ...KUBERNETES, ...WORKFLOW, ...SERVICE];
