// `ops sandbox`: makes, removes and shows the local platform that every other job runs on by default.
import { defineGroup } from "../../job";
import down from "./down";
import status from "./status";
import up from "./up";

export default defineGroup({
  name: "sandbox",
  purpose: "know",
  summary: "Create, remove or show the local learning platform on a real PostgreSQL",
  clauses: ["DR-DRILL"],
  cadence: "event",
  effect: "isolated",
  evidence: { none: "the sandbox is a test platform; nothing is promised of it" },
  subcommands: { up, down, status },
});
