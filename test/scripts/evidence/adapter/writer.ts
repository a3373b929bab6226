// A process of its own that appends: `tsx writer.ts <home> <job> <count> [step]`. It is killed by SIGKILL, as by a power cut,
// right before a durable step, given by its name without the home directory or by its number from 1.
import { openLedger } from "../../../../scripts/evidence/adapter";
import { placeIn, predicate } from "./place";

async function main([home = "", job = "", count = "1", step = ""]: readonly string[]): Promise<void> {
  let taken = 0;
  const onStep = (name: string): void => {
    taken++;
    if ([name.replace(home, ""), String(taken)].includes(step)) process.kill(process.pid, "SIGKILL");
  };
  const ledger = await openLedger({ ...placeIn(home).options, onStep });
  for (let i = 0; i < Number(count); i++) {
    const artifact = await ledger.store("report.txt", "text/plain", `report of ${job} ${i}`);
    await ledger.append(predicate(`${job}-${i}`, [artifact]));
  }
}

void main(process.argv.slice(2));
