// What keeping data right needs of the world: the source, copies of it, its archived WAL, and evidence.
import type { RestoreTools } from "../restore/tools";

export type DataTools = RestoreTools;
