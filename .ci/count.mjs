// Adds up vitest's JSON reports, repeats why tests failed (often only the end of a log is at hand) and prints the closing
// line. A step that failed outside the tests counts as one failure.
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** Of each failure; a message may have many lines. */
const LINES = 25;

const [steps, ...files] = process.argv.slice(2);
let [passed, failed, skipped] = [0, 0, 0];
for (const file of files) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + report.numTodoTests;
  for (const { status, name, message, assertionResults } of report.testResults) {
    const red = assertionResults.filter((test) => test.status === "failed");
    for (const { fullName, failureMessages } of red) say(fullName, failureMessages.join("\n"));
    // A file that does not even load has no failed test of its own.
    if (status !== "failed" || assertionResults.length > 0) continue;
    say(name, message);
    failed += 1;
  }
}
// Steps that ran tests are already counted by their tests.
const other = Math.max(0, Number(steps) - (failed > 0 ? 1 : 0));
failed += other;
if (files.length === 0 || passed === 0) failed += 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 ? 1 : 0);

/** The message and the first frame of its stack, which is the place in the test. */
function say(name, message) {
  const lines = stripVTControlCharacters(message ?? "").split("\n");
  const isFrame = (line) => /^\s+at /.test(line);
  const place = lines.filter(isFrame).slice(0, 1);
  console.log(
    [`FAILED: ${name}`, ...lines.filter((line) => !isFrame(line)).slice(0, LINES), ...place].join("\n"),
  );
}
