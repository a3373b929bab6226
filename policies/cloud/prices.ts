// List prices as data, each with its source and day. Most are unknown, and an unknown price is never guessed.
import { accept, readDeclaration } from "../engine/declaration";
import schema from "../schemas/prices.schema.json";

export interface Price {
  type: string;
  /** Property whose value decides the price. */
  by: string;
  /** In the table's currency, by value of that property. */
  hourly: Readonly<Record<string, number>>;
  /** What comes on top. */
  lacks: string;
  source: string;
  /** ISO day. */
  asOf: string;
}

export interface Prices {
  currency: "USD" | "CNY";
  hoursPerMonth: number;
  items: readonly Price[];
  /** Types without a charge of their own. */
  settings: readonly string[];
}

/** @throws DeclarationError */
export function loadPrices(root: string): Prices {
  return accept([readDeclaration<Prices>(root, "policies/cloud/prices.yaml", schema)])[0]!;
}
