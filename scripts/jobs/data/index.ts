// `ops data`: what is wrong in the data, who changed it, and putting exactly that right.
import { defineGroup } from "../../job";
import apply from "./apply";
import blame from "./blame";
import check from "./check";
import diff from "./diff";
import forget from "./forget";
import mask from "./mask";
import query from "./query";
import reconcile from "./reconcile";
import repair from "./repair";
import show from "./show";
import undo from "./undo";
import unrepair from "./unrepair";

export default defineGroup({
  name: "data",
  purpose: "data",
  summary: "Find wrong data, name the transaction that made it, put exactly that back",
  clauses: ["DATA-MISTAKE", "DATA-CLEAN", "DATA-INTEGRITY", "CONF-PLEDGE"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "data" },
  subcommands: { check, query, blame, show, diff, undo, repair, apply, unrepair, mask, forget, reconcile },
});
