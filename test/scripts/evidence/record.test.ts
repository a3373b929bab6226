// What is put together as evidence is what verifiers believe, whatever the clock did.
import { expect, it } from "vitest";
import type { Predicate } from "../../../scripts/core/evidence";
import type { EvidenceWriter } from "../../../scripts/evidence/port";
import { record } from "../../../scripts/evidence/record";

const OUTCOME = { checks: [], measurements: [], artifacts: [], facts: {} };
const STARTED = new Date("2026-11-23T04:00:00Z");

async function recorded(now: string): Promise<Predicate> {
  const written: Predicate[] = [];
  const context = {
    environment: "sandbox",
    platformName: "sandbox",
    inputs: {},
    actor: "test",
    clock: { now: () => new Date(now) },
    ledger: { append: async (predicate: Predicate) => void written.push(predicate) },
  } as unknown as EvidenceWriter;
  await record(context, { job: "verify", kind: "restore", clauses: [], started: STARTED }, OUTCOME);
  return written[0]!;
}

it.each([
  ["goes on", "2026-11-23T04:00:01.000Z", "2026-11-23T04:00:01.000Z"],
  ["was set back during the job", "2026-11-23T03:00:00.000Z", "2026-11-23T04:00:00.000Z"],
])("a clock that %s never ends a job before its beginning", async (_, now, finished) => {
  expect(await recorded(now)).toMatchObject({ started: "2026-11-23T04:00:00.000Z", finished });
});
