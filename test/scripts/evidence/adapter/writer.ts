// A process of its own that appends: `tsx writer.ts <home> <job> <count> [step]`. It is killed by SIGKILL, as by a power cut,
// right before a durable step, given by its name without the home directory. With `copy <directory>` it copies the home before each
// step, to `<directory>/<number>` and the step's name to `<number>.step`, and is killed at the end: what each copy holds is what a kill
// at that step would have left, the lock of a writer that is dead by then included.
import { cpSync, writeFileSync } from "node:fs";
import { openLedger } from "../../../../scripts/evidence/adapter";
import { placeIn, predicate } from "./place";

async function main([home = "", job = "", count = "1", step = ""]: readonly string[]): Promise<void> {
  const [, copies] = /^copy (.+)$/.exec(step) ?? [];
  let taken = 0;
  const onStep = (full: string): void => {
    const name = full.replace(home, "");
    if (name === step) process.kill(process.pid, "SIGKILL");
    if (copies === undefined) return;
    cpSync(home, `${copies}/${++taken}`, { recursive: true });
    writeFileSync(`${copies}/${taken}.step`, name);
  };
  const ledger = await openLedger({ ...placeIn(home).options, onStep });
  for (let i = 0; i < Number(count); i++) {
    const artifact = await ledger.store("report.txt", "text/plain", `report of ${job} ${i}`);
    await ledger.append(predicate(`${job}-${i}`, [artifact]));
  }
  if (copies !== undefined) process.kill(process.pid, "SIGKILL");
}

void main(process.argv.slice(2));
