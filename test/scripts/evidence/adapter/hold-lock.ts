// Takes the lock of a ledger and dies with it: `hold-lock.ts <file>`.
import { lockLedger } from "../../../../scripts/evidence/adapter/lock";

void lockLedger(process.argv[2] ?? "").then(() => process.kill(process.pid, "SIGKILL"));
