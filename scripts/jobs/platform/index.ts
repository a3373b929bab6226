// `ops platform`: what an operated platform needs before our jobs can work on it.
import { defineGroup } from "../../job";
import grant from "./grant";

export default defineGroup({
  name: "platform",
  purpose: "know",
  summary: "Prepare an operated platform: the role that our jobs read it with",
  clauses: ["SEC-CONFIG"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "reader-role" },
  subcommands: { grant },
});
