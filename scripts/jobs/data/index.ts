// `ops data`: what is wrong in the data, who changed it, and putting exactly that right.
import { defineGroup } from "../../job";
import forget from "./forget";
import mask from "./mask";
import reconcile from "./reconcile";

export default defineGroup({
  name: "data",
  purpose: "data",
  summary: "Find wrong data, name the transaction that made it, put exactly that back",
  clauses: ["DATA-MISTAKE", "DATA-CLEAN", "DATA-INTEGRITY", "CONF-PLEDGE"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "data" },
  subcommands: { mask, forget, reconcile },
});
