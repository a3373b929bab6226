// What the contract and the people behind it say, as far as jobs ask for it.
import type { Contract } from "../../policies/contract/contract";
import type { Roster } from "../../policies/service/roster";
import type { Integration } from "../../policies/service/service";

export interface ContractTools {
  contract: Contract;
  roster: Roster;
  integrations: readonly Integration[];
}
