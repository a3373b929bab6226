// Whether a copy is masked: always when people will read it, never when it takes the source's place or goes back into it.
import { OpsError } from "../core/errors";
import type { Core, Operated } from "../core/tools";
import type { MaskingTools } from "../masking/port";
import { type Forgetter, forgetter } from "./forgotten";
import { type Masker, masker } from "./masked";
import { RESTORE_CHECKS } from "./restore-run";
import type { AnyRestoreCheck } from "./test-state";

export interface Wish {
  /** It replaces the source, or is loaded into it: there the data are what they were. */
  recovers: boolean;
  /** The words that prove that somebody means it. */
  unmasked: string | undefined;
  reason: string | undefined;
}

export interface Decision {
  /** In their order: those of every restore; who asked to be deleted goes; pseudonyms; then `taking`, which finds the copy so. */
  checks(taking?: readonly AnyRestoreCheck[]): AnyRestoreCheck[];
  masked: boolean;
  /** Why nothing may be taken from the running copy; undefined when it may. */
  obstacle(): string | undefined;
  /** Whether the stopped copy may be handed over. */
  whole(): boolean;
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
  const forgotten = forgetter(context);
  const seen = "show it to nobody who has not signed the pledge (CONF-PLEDGE)";
  if (recovers)
    return without(forgotten, "it recovers the source", `unmasked personal data, as on the source: ${seen}`);
  if (unmasked === undefined) return withMasker(forgotten, await masker(context));
  const phrase = phraseFor(context.platform);
  if (unmasked !== phrase || reason === undefined) {
    const lacks = unmasked === phrase ? "is right, --reason is missing" : `is not "${phrase}"`;
    throw new OpsError("proofs", `an unmasked copy lacks proof that it is meant: --unmasked ${lacks}`, {
      expected: "both the words and a reason, which evidence keeps",
      todo: "give both, or leave --unmasked out: the copy is then masked",
    });
  }
  return without(forgotten, reason, `unmasked personal data: ${seen}`);
}

const REMAINS = "somebody who asked to be deleted may be in the copy";

function withMasker(forgotten: Forgetter, made: Masker): Decision {
  const obstacle = (): string | undefined => {
    if (!forgotten.done()) return REMAINS;
    return made.rows() ? undefined : "the copy could not be masked";
  };
  return {
    masked: true,
    checks: (taking = []) => [
      ...RESTORE_CHECKS,
      forgotten.check,
      made.rowsCheck,
      ...taking,
      ...made.lastChecks,
    ],
    obstacle,
    whole: () => obstacle() === undefined && made.whole(),
    facts: () => ({ masking: made.facts() }),
    line: () =>
      obstacle() === undefined
        ? "masked: pseudonyms in every declared column; undeclared ones are as they were"
        : `not handed over: ${obstacle()}`,
  };
}

function without(forgotten: Forgetter, reason: string, line: string): Decision {
  const obstacle = (): string | undefined => (forgotten.done() ? undefined : REMAINS);
  return {
    masked: false,
    checks: (taking = []) => [...RESTORE_CHECKS, forgotten.check, ...taking],
    obstacle,
    whole: () => obstacle() === undefined,
    facts: () => ({ masking: { masked: false, reason } }),
    line: () => (obstacle() === undefined ? line : `not handed over: ${obstacle()}`),
  };
}
