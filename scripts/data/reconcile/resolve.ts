// A person's decision on open items: replayed, or waived with a reason.
import { OpsError } from "../../core/errors";
import type { Operated } from "../../core/tools";
import type { EvidenceTools } from "../../evidence/port";
import { kindByValues } from "../../masking/detect";
import { type Resolved, remembered } from "./state";

const isDecision = (text: string): text is "replayed" | "waived" => text === "replayed" || text === "waived";

/** @throws OpsError usage, unknownTarget */
export async function resolveItems(
  context: EvidenceTools & Pick<Operated, "platform">,
  point: Date,
  decisions: Readonly<Record<string, string>>,
  reason: string,
): Promise<Resolved> {
  const since = point.toISOString();
  const known = remembered(await context.ledger.entries(), context.platform.name, since);
  if (reason === "" || kindByValues([reason]) !== undefined)
    throw new OpsError(
      "usage",
      reason === "" ? "--reason is missing" : "--reason holds what looks personal",
      {
        expected: "why, or where it is filed; no name, number or address of a person",
      },
    );
  const items = Object.entries(decisions).map(([id, as]) => {
    if (!isDecision(as))
      throw new OpsError("usage", `--resolve ${id}=${as}`, { expected: "replayed or waived" });
    if (!known.has(id))
      throw new OpsError("unknownTarget", `no item ${id} was ever open since ${since}`, {
        expected: "an id that `ops data reconcile` has listed for the same --since",
      });
    return { id, as, reason };
  });
  return { since, items };
}
