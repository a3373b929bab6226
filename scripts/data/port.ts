// What this room needs of the world beside the database: what is declared, and a secret of this installation.
import type { DataRule } from "../../policies/data/quality";
import type { DataQuery } from "../../policies/data/queries";
import type { ResultTable } from "./query/table";

export interface DataTools {
  data: {
    /** Rules that the platform uses, its values of parameters in them. @throws DeclarationError, OpsError usage when it uses none */
    rules(): readonly DataRule[];
    /** The catalogue of reviewed queries. @throws DeclarationError */
    queries(): readonly DataQuery[];
    /** Rows as an Excel workbook. */
    workbook(table: ResultTable): Promise<Buffer>;
    /** Of this installation alone: digests of personal keys are made with it. Made when it is first asked for. @throws OpsError proofs */
    digestSecret(): Promise<Buffer>;
  };
}
