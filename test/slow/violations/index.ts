// Every injected violation, of every surface. One more is one row of the file of its surface.
import { KUBERNETES } from "./kubernetes";
import { SERVICE } from "./service";
import { STACK } from "./stack";
import type { Injected } from "./violation";
import { WORKFLOW } from "./workflow";

export const VIOLATIONS: readonly Injected[] = [...STACK, ...KUBERNETES, ...WORKFLOW, ...SERVICE];
