// Run as a program of its own by tty.test.ts: exits while a phase is being shown.
import { createProgress } from "../../../../../scripts/cli/adapter/progress";

const { stdout, stderr } = process;
const progress = createProgress({
  mode: "tty",
  stdout,
  stderr,
  color: true,
  now: () => performance.now() / 1000,
});
void progress.phase("restore", async () => {
  process.exit(3);
});
