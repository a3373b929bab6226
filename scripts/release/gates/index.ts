// Every gate of a release, in the order in which they are shown. One more gate is one more row.

import type { Gate } from "./gate";
import { changeBudget, incidents } from "./service";
import { backupWindow, keyPeriodFreeze, officeHours, verifiedBackup } from "./time";

export const GATES: readonly Gate[] = [
  {
    name: "policy-clean",
    asks: "every rule holds over what is declared",
    decide: ({ policy }) => policy,
    make: ({ environment }) => [`ops check --env ${environment}`],
  },
  {
    name: "staged-before",
    asks: "what goes to production ran in staging",
    decide: ({ stagedBefore }) => stagedBefore,
    make: ({ changes }) => [
      `ops release ship ${changes.map(({ app, to }) => `${app}=${to.version}`).join(",")} --env staging`,
    ],
  },
  verifiedBackup,
  backupWindow,
  keyPeriodFreeze,
  officeHours,
  incidents,
  {
    name: "migrations-linted",
    asks: "no pending migration is hazardous",
    decide: ({ migrationsLinted }) => migrationsLinted,
    make: ({ environment }) => [`ops migrate lint --env ${environment}`],
  },
  {
    name: "migrations-rehearsed",
    asks: "every pending migration was rehearsed on restored data",
    decide: ({ migrationsRehearsed }) => migrationsRehearsed,
    make: ({ environment }) => [`ops migrate rehearse --env ${environment}`],
  },
  {
    name: "schema-compatible",
    asks: "the version that runs now works on the new schema too",
    decide: ({ schemaCompatible }) => schemaCompatible,
  },
  changeBudget,
];

export { checkOf, type Gate, type GateFacts, type VerifiedBackup } from "./gate";
