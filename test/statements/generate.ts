// Statements as third parties send them, of rows that a test names: with the lines before and behind, quotes and signs that real ones have.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { shanghai } from "../../scripts/core/instant";

export interface Booked {
  number: string;
  at: Date;
  /** Default that it succeeded. */
  status?: string;
}

const day = (at: Date): string => shanghai(at).slice(0, 10).replaceAll("-", "");

/** As payment providers do: a heading after some lines, a ` before numbers, a sum behind. @returns the file's name */
export function paymentStatement(directory: string, booked: readonly Booked[], at: Date): string {
  const rows = booked.map(
    (each) =>
      `\`${each.number},"\`${shanghai(each.at)}",\`${each.status ?? "SUCCESS"},"高等数学（一）, ""实务"""`,
  );
  const text = [
    "\uFEFF商户对账单",
    "交易单号,交易时间,交易状态,商品名称",
    ...rows,
    "总笔数,总金额",
    `\`${booked.length},\`1.00`,
  ];
  return written(directory, `payment-${day(at)}.csv`, text.join("\r\n"));
}

/** As the tax platform's interface answers. */
export function invoiceStatement(directory: string, booked: readonly Booked[], at: Date): string {
  const invoices = booked.map((each) => ({ number: Number(each.number), issuedAt: each.at.toISOString() }));
  return written(directory, `e-invoice-${day(at)}.json`, JSON.stringify({ code: 0, data: { invoices } }));
}

export function smsStatement(directory: string, booked: readonly Booked[], at: Date): string {
  const rows = booked.map((each) => `${each.number},${shanghai(each.at).replaceAll(/[- :]/g, "")},DELIVRD`);
  return written(directory, `sms-${day(at)}.csv`, ["out_id,sent_at,state", ...rows, ""].join("\n"));
}

function written(directory: string, name: string, text: string): string {
  writeFileSync(path.join(directory, name), text);
  return name;
}
