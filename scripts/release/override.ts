// When a gate that does not pass may be passed all the same: a reason, and the approval of a second person that nobody can
// type. Pure: signatures were verified, and reviews read, by whoever calls.
import type { Check } from "../core/evidence";
import { trailers } from "./history";
import type { ReleasePlan } from "./plan";

/** A proof that a person agreed, found somewhere that the releaser cannot write to alone. */
export type Approval =
  | {
      kind: "commit";
      commit: string;
      message: string;
      /** Person of the roster whose key made the signature; undefined when it is unsigned, broken or by a key of nobody. */
      signer: string | undefined;
    }
  | {
      kind: "review";
      /** Where it can be read. */
      url: string;
      environment: string;
      comment: string;
      /** Person of the roster whose account reviewed. */
      signer: string | undefined;
    };

export interface OverrideRequest {
  gates: readonly string[];
  reason: string;
  /** Who releases, as shown by the signature of the release commit or by the account that started the run. */
  releaser: string | undefined;
  approvals: readonly Approval[];
}

/** What an approver writes: the trailers of a signed commit, or the comment of a review. */
export function approvalText(gate: string, digest: string): string {
  return `Approve-Override: ${gate}\nRelease-Digest: ${digest}`;
}

function objection(
  approval: Approval,
  gate: string,
  plan: ReleasePlan,
  releaser: string,
): string | undefined {
  const place =
    approval.kind === "commit" ? `commit ${approval.commit.slice(0, 12)}` : `review ${approval.url}`;
  const text = approval.kind === "commit" ? approval.message : approval.comment;
  if (approval.signer === undefined)
    return approval.kind === "commit"
      ? `${place} is not signed by a key of the roster`
      : `${place} is by nobody of the roster`;
  if (approval.signer === releaser)
    return `${place} is by ${releaser}, who releases: a second person is needed`;
  if (approval.kind === "review" && approval.environment !== plan.environment)
    return `${place} is about ${approval.environment}`;
  if (!trailers(text, "Approve-Override").includes(gate)) return `${place} does not name the gate ${gate}`;
  if (!trailers(text, "Release-Digest").includes(plan.digest)) return `${place} is about another release`;
  return undefined;
}

export interface Overridden {
  checks: Check[];
  /** One line each for the commit and the evidence. */
  records: string[];
  /** Why an override did not count, one sentence each. */
  refused: string[];
}

/**
 * The checks with those that are overridden turned into passes which say so. Nothing that passed is touched; a gate whose
 * override is refused keeps its verdict.
 */
export function applyOverrides(
  checks: readonly Check[],
  plan: ReleasePlan,
  request: OverrideRequest,
): Overridden {
  const records: string[] = [];
  const refused: string[] = [];
  const changed = checks.map((check): Check => {
    const stopped = check.verdict === "fail" || check.verdict === "inconclusive";
    if (!stopped || !request.gates.includes(check.name)) return check;
    const found = approvalFor(check.name, plan, request);
    if ("refused" in found) {
      refused.push(...found.refused.map((why) => `${check.name}: ${why}`));
      return check;
    }
    records.push(`${check.name}, ${request.reason}, approved by ${found.signer} (${found.by})`);
    const detail = `overridden: ${request.reason} - approved by ${found.signer} (${found.by}); it was ${check.verdict}: ${check.detail}`;
    return { ...check, verdict: "pass", detail };
  });
  const known = checks.map(({ name }) => name);
  for (const gate of request.gates.filter((name) => !known.includes(name)))
    refused.push(`there is no gate ${gate}`);
  return { checks: changed, records, refused };
}

function approvalFor(
  gate: string,
  plan: ReleasePlan,
  { reason, releaser, approvals }: OverrideRequest,
): { signer: string; by: string } | { refused: string[] } {
  if (reason.trim().length < 10)
    return { refused: ["the reason must say something (10 characters or more)"] };
  if (releaser === undefined)
    return {
      refused: ["nobody can tell who releases: sign your commits with a key of the roster (user.signingKey)"],
    };
  if (approvals.length === 0)
    return {
      refused: [
        "no approval was given; a second person signs a commit, or reviews the run, with the text shown by `ops release plan`",
      ],
    };
  const refused: string[] = [];
  for (const approval of approvals) {
    const why = objection(approval, gate, plan, releaser);
    if (why === undefined)
      return { signer: approval.signer!, by: approval.kind === "commit" ? approval.commit : approval.url };
    refused.push(why);
  }
  return { refused };
}
