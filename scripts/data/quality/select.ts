// Which rules a run is about. A narrowed run is no check of the data: it leaves no evidence. Pure.
import type { DataRule } from "../../../policies/data/quality";
import { oneOf } from "../../../policies/engine/suggest";
import { OpsError } from "../../core/errors";

export interface Narrowing {
  rules: readonly string[];
  modules: readonly string[];
}

export const isNarrowed = ({ rules, modules }: Narrowing): boolean => rules.length + modules.length > 0;

/** @throws OpsError usage for the name of nothing */
export function selectRules(all: readonly DataRule[], { rules, modules }: Narrowing): DataRule[] {
  const ids = all.map(({ id }) => id);
  const known = [...new Set(all.flatMap((rule) => rule.modules))].sort();
  refuseUnknown("rule", rules, ids);
  refuseUnknown("module", modules, known);
  return all.filter(
    (rule) =>
      (rules.length === 0 || rules.includes(rule.id)) &&
      (modules.length === 0 || rule.modules.some((module) => modules.includes(module))),
  );
}

function refuseUnknown(what: string, given: readonly string[], known: readonly string[]): void {
  const wrong = given.find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new OpsError("usage", `no ${what} is called ${wrong}`, { expected: oneOf(wrong, known) });
}
