// Adds up vitest's JSON reports and prints the closing line. A step that failed outside the tests counts as one failure.
import { readFileSync } from "node:fs";

const [steps, ...files] = process.argv.slice(2);
let [passed, failed, skipped] = [0, 0, 0];
for (const file of files) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + report.numTodoTests;
  // A file that does not even load has no failed test of its own.
  failed += report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.length === 0,
  ).length;
}
// Steps that ran tests are already counted by their tests.
const other = Math.max(0, Number(steps) - (failed > 0 ? 1 : 0));
failed += other;
if (files.length === 0 || passed === 0) failed += 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 ? 1 : 0);
