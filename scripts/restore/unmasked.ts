// Whether a copy is masked: always when people will read it, never when it takes the source's place or goes back into it.
import { OpsError } from "../core/errors";
import type { Core, Operated } from "../core/tools";
import type { MaskingTools } from "../masking/port";
import { type Masker, masker } from "./masked";

export interface Wish {
  /** It replaces the source, or is loaded into it: there the data are what they were. */
  recovers: boolean;
  /** The words that prove that somebody means it. */
  unmasked: string | undefined;
  reason: string | undefined;
}

export interface Decision {
  masker: Masker | undefined;
  /** For evidence: why it is not masked. */
  facts(): Record<string, unknown>;
  /** For a person. */
  line(): string;
}

export const phraseFor = ({ name, environment }: { name: string; environment: string }): string =>
  `show personal data of ${name} in ${environment}`;

/** @throws OpsError proofs, config */
export async function decideMasking(
  context: Pick<Operated, "platform"> & Pick<Core, "progress"> & MaskingTools,
  { recovers, unmasked, reason }: Wish,
): Promise<Decision> {
  const seen = "show it to nobody who has not signed the pledge (CONF-PLEDGE)";
  if (recovers) return without("it recovers the source", `unmasked personal data, as on the source: ${seen}`);
  if (unmasked === undefined) {
    const made = await masker(context);
    return {
      masker: made,
      facts: () => ({ masking: made.facts() }),
      line: () =>
        made.whole() || made.rows()
          ? "masked: pseudonyms in every declared column; undeclared ones are as they were"
          : "could not be masked: not kept",
    };
  }
  const phrase = phraseFor(context.platform);
  if (unmasked !== phrase || reason === undefined)
    throw new OpsError(
      "proofs",
      `an unmasked copy lacks proof that it is meant: --unmasked is ${unmasked === phrase ? "right, --reason is missing" : `not "${phrase}"`}`,
      {
        expected: "both the words and a reason, which evidence keeps",
        todo: "give both, or leave --unmasked out: the copy is then masked",
      },
    );
  return without(reason, `unmasked personal data: ${seen}`);
}

function without(reason: string, line: string): Decision {
  return { masker: undefined, facts: () => ({ masking: { masked: false, reason } }), line: () => line };
}
