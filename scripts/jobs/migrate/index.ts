// `ops migrate`: changes of the schema that were linted, rehearsed on restored data, and can be taken back.
import { defineGroup } from "../../job";
import down from "./down";
import lint from "./lint";
import create from "./new";
import rehearse from "./rehearse";
import status from "./status";
import up from "./up";

export default defineGroup({
  name: "migrate",
  purpose: "change",
  summary: "Change the schema: write, lint, rehearse on restored data, apply, revert",
  clauses: ["DATA-CHANGE", "SEC-RELEASE"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "migration" },
  subcommands: { new: create, lint, rehearse, up, down, status },
});
