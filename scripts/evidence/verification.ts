// What a verification of the ledger found, as a check and as text.
import type { Check } from "../core/evidence";
import { type Cell, renderTable } from "../core/table";
import type { Ledger, LedgerVerification } from "./port";

/** An outsider is told the same, in the same words. */
const onItsWay = ({ interrupted }: Pick<LedgerVerification, "interrupted">): string[] =>
  interrupted === undefined
    ? []
    : [`${interrupted} is signed and not counted: its append was interrupted, or is going on`];

export function ledgerCheck(found: LedgerVerification): Check {
  const { entries, problems } = found;
  const first = problems[0];
  if (first) {
    const rest = problems.length > 1 ? `, and ${problems.length - 1} more` : "";
    return { name: "ledger-intact", verdict: "fail", detail: `${first.place}: ${first.found}${rest}` };
  }
  const said = (text: string): string => [text, ...onItsWay(found)].join("; ");
  if (entries === 0)
    return { name: "ledger-intact", verdict: "inconclusive", detail: said("the ledger has no entries yet") };
  const many = `${entries} ${entries === 1 ? "entry" : "entries"}`;
  const detail = said(`complete, unaltered and in order up to the signed head: ${many}`);
  return { name: "ledger-intact", verdict: "pass", detail };
}

export function renderVerification(
  { location }: Pick<Ledger, "location">,
  found: LedgerVerification,
  color: boolean,
): string {
  const { entries, root, key, problems } = found;
  const lines = [
    `Ledger    ${location}`,
    `Entries   ${entries}`,
    `Root      ${root}`,
    `Key       ${key ?? "none yet"}`,
    ...onItsWay(found).map((text) => `Waiting   ${text}`),
  ];
  if (problems.length === 0)
    return [...lines, entries > 0 ? "Intact    every entry is there, unaltered and in order" : "Empty"].join(
      "\n",
    );
  const rows = problems.map(({ place, found: what, expected }): Cell[] => [
    { text: place, tone: "bad" },
    what,
    expected,
  ]);
  const table = renderTable({ head: ["Place", "Found", "Expected"], rows, color, maxWidths: [40, 40, 40] });
  return [...lines, table, `Red       ${problems.length} problem(s)`].join("\n");
}
