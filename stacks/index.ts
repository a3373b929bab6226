// Pulumi's entry: the official runner calls what is exported here. `ops plan` runs the same function.
import { program } from "./programs";

export = program;
