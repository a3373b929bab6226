// `ops evidence`: reads the ledger, checks it, and hands it to outsiders. Only `verify` leaves evidence of its own.
import { defineGroup } from "../../job";
import exported from "./export";
import list from "./list";
import show from "./show";
import verify from "./verify";

export default defineGroup({
  name: "evidence",
  purpose: "know",
  summary: "Verify, list, show or export the signed evidence of every job",
  clauses: ["ARC-EVENTS"],
  cadence: "monthly",
  effect: "reads",
  evidence: { kind: "evidence-verification" },
  subcommands: { verify, list, show, export: exported },
});
