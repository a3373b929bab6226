import { expect, it } from "vitest";
import { amcheckFindings, isInability } from "../../../../scripts/postgres/adapter/amcheck";

it.each<[string, string, string[]]>([
  ["silence", "\n", []],
  [
    "indexes that lost entries",
    `btree index "learning.learning.enrolments_pkey":
    ERROR:  heap tuple (442,1) from table "enrolments" lacks matching index tuple within index "enrolments_pkey"
    HINT:  Retrying verification using the function bt_index_parent_check() might provide a more specific error.
btree index "learning.learning.orders_pkey":
    ERROR:  item order invariant violated for index "orders_pkey"
    DETAIL:  Lower index tid=(3,1) higher index tid=(3,2) page lsn=0/1.
`,
    [
      'btree index "learning.learning.enrolments_pkey": heap tuple (442,1) from table "enrolments" lacks matching index tuple within index "enrolments_pkey"',
      'btree index "learning.learning.orders_pkey": item order invariant violated for index "orders_pkey" DETAIL:  Lower index tid=(3,1) higher index tid=(3,2) page lsn=0/1.',
    ],
  ],
  [
    "a damaged heap",
    `heap table "learning.learning.orders", block 0, offset 2:
    xmin 4026531839 equals or exceeds next valid transaction ID 0:744
`,
    [
      'heap table "learning.learning.orders", block 0, offset 2: xmin 4026531839 equals or exceeds next valid transaction ID 0:744',
    ],
  ],
  [
    "what stopped it",
    'pg_amcheck: error: connection to server on socket "/s/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server running locally?\n',
    [
      'pg_amcheck: error: connection to server on socket "/s/.s.PGSQL.5432" failed: No such file or directory Is the server running locally?',
    ],
  ],
])("tells %s as one text a finding", (_, output, findings) => {
  expect(amcheckFindings(output)).toEqual(findings);
});

it.each([
  ['heap table "d.s.t": ERROR:  permission denied for table t', true],
  ['btree index "d.s.i": could not access file "$libdir/vendor": No such file or directory', true],
  [
    'pg_amcheck: error: connection to server on socket "/s/.s.PGSQL.5432" failed: No such file or directory',
    true,
  ],
  ["ERROR:  cannot execute CREATE EXTENSION in a read-only transaction", true],
  [
    'heap table "d.s.t", block 0, offset 2: xmin 4026531839 equals or exceeds next valid transaction ID 0:744',
    false,
  ],
  ['btree index "d.s.i": item order invariant violated for index "i"', false],
  ['btree index "d.s.i": could not read block 3 in file "base/5/16401": read only 0 of 8192 bytes', false],
  ['btree index "d.s.i": invalid page in block 0 of relation base/5/16402', false],
])("%s: kept it from looking is %s", (finding, unable) => {
  expect(isInability(finding)).toBe(unable);
});
