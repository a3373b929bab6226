// `ops release`: versions reach their users through gates, one file in git, a canary, and back again with one command.
import { defineGroup } from "../../job";
import notes from "./notes";
import plan from "./plan";
import promote from "./promote";
import rollback from "./rollback";
import ship from "./ship";
import status from "./status";

export default defineGroup({
  name: "release",
  purpose: "change",
  summary: "Release, promote or roll back application versions through gates and a canary",
  clauses: ["SEC-RELEASE", "UPG-BUDGET"],
  cadence: "event",
  effect: "writes",
  evidence: { kind: "release" },
  subcommands: { plan, ship, promote, rollback, status, notes },
});
