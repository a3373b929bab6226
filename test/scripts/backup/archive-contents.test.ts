// The table of contents as pg_restore 15 prints it, and what a table needs of it.
import { describe, expect, it } from "vitest";
import { neededBy, parseContents } from "../../../scripts/backup/archive-contents";

const WHOLE = `;
; Archive created at 2026-11-23 22:20:00 UTC
;     dbname: learning
;
; Selected TOC Entries:
;
6; 2615 16397 SCHEMA - learning learning_owner
7; 2615 16398 SCHEMA - ops postgres
894; 1247 16410 TYPE learning status with spaces owner
;	depends on: 6
895; 1247 16416 DOMAIN learning money learning_owner
;	depends on: 6 894
262; 1255 16849 FUNCTION learning touch() learning_owner
;	depends on: 6
252; 1259 16552 TABLE learning invoices learning_owner
;	depends on: 6 895
253; 1259 16560 TABLE learning other learning_owner
;	depends on: 7
3735; 0 0 ACL learning TABLE invoices learning_owner
;	depends on: 252
3400; 2620 16900 TRIGGER learning invoices touched learning_owner
;	depends on: 262 252
3315; 2606 16809 FK CONSTRAINT learning invoices to_other learning_owner
;	depends on: 252 253
`;

describe("an archive's contents", () => {
  const entries = parseContents(WHOLE);

  it("are read with what each entry depends on", () => {
    expect(entries).toHaveLength(10);
    expect(entries[5]).toEqual({
      id: 252,
      object: "1259/16552",
      text: "TABLE learning invoices learning_owner",
      dependsOn: [6, 895],
    });
    expect(entries.find(({ id }) => id === 3735)?.object).toBeUndefined();
  });

  it("tell what a table needs, and what its types and triggers need in turn", () => {
    const own = new Set(["1259/16552", "2620/16900"]);
    expect(neededBy(own, entries).map(({ id }) => id)).toEqual([6, 894, 895, 262]);
  });

  it("bring another table along only for a reference that is kept", () => {
    const own = new Set(["1259/16552", "2606/16809"]);
    expect(neededBy(own, entries).map(({ id }) => id)).toContain(253);
    expect(neededBy(new Set(["1259/16552"]), entries).map(({ id }) => id)).not.toContain(253);
  });
});
