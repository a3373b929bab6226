// Whether two people stand behind a plan: its digest, in commits signed by keys of two persons of the roster. Pure: whoever calls verified
// the signatures.
import type { Check } from "../../core/evidence";
import { fail, notApplicable, pass } from "../../core/finding";

export interface SignedWord {
  /** Where it stands: `commit 1a2b3c…`. */
  place: string;
  text: string;
  /** Person of the roster whose key signed; undefined when it is unsigned, broken or by a key of nobody. */
  signer: string | undefined;
}

/** What a commit message must say, in lines of its own. */
export function approvalText(id: string, digest: string): string {
  return `Approve-Repair: ${id}\nRepair-Digest: sha256:${digest}`;
}

/** @param given whether any was named; in the sandbox nobody need agree, but who is named must */
export function approvalCheck(
  environment: string,
  plan: { id: string; digest: string },
  words: readonly SignedWord[],
): Check {
  const name = "approval";
  if (words.length === 0 && environment === "sandbox")
    return { name, ...notApplicable("the sandbox's rows are nobody's; elsewhere two people sign") };
  const wanted = approvalText(plan.id, plan.digest).split("\n");
  const problems = words.flatMap(({ place, text, signer }) => {
    if (signer === undefined) return [`${place} is not signed by a key of the roster`];
    const lines = text.split("\n").map((line) => line.trim());
    return wanted.every((line) => lines.includes(line))
      ? []
      : [`${place}, signed by ${signer}, is about something else`];
  });
  const signers = new Set(words.flatMap(({ signer }) => signer ?? []));
  if (problems.length > 0) return { name, ...fail(problems.join("; ")) };
  if (signers.size >= 2) return { name, ...pass(`signed by ${[...signers].join(" and ")}`) };
  const who = [...signers].join("") || "nobody";
  return {
    name,
    ...fail(`signed by ${who}; two people of the roster must sign: the one who made the plan, and another`),
  };
}
