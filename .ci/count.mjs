// Adds up vitest's JSON reports, repeats why tests and steps failed (often only the end of a log is at hand) and prints the
// closing line. Of the directory it is given, `<step>.json` is a report and `<step>.failed` what a step that failed said.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Of each failure; a message may have many lines. */
const LINES = 25;

const [directory] = process.argv.slice(2);
const names = (extension) =>
  readdirSync(directory).flatMap((file) => (file.endsWith(extension) ? path.basename(file, extension) : []));
const read = (file) => readFileSync(path.join(directory, file), "utf8");

let [passed, failed, skipped] = [0, 0, 0];
const explained = new Set();
for (const step of names(".json")) {
  const report = JSON.parse(read(`${step}.json`));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + report.numTodoTests;
  for (const { status, name, message, assertionResults } of report.testResults) {
    if (status === "failed") explained.add(step);
    const red = assertionResults.filter((test) => test.status === "failed");
    for (const { fullName, failureMessages } of red) say(fullName, withPlace(failureMessages.join("\n")));
    // A file that does not even load has no failed test of its own.
    if (status !== "failed" || assertionResults.length > 0) continue;
    say(name, withPlace(message));
    failed += 1;
  }
}
// A step counts as one failure unless its tests have said what failed.
for (const step of names(".failed").filter((name) => !explained.has(name))) {
  say(step, complaints(read(`${step}.failed`)));
  failed += 1;
}
if (passed + failed === 0) failed += 1; // nothing ran
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 ? 1 : 0);

function say(name, lines) {
  console.log([`FAILED: ${name}`, ...lines].join("\n"));
}

/** The message and the first frame of its stack, which is the place in the test. */
function withPlace(message) {
  const lines = linesOf(message ?? "");
  const isFrame = (line) => /^\s+at /.test(line);
  return [...lines.filter((line) => !isFrame(line)).slice(0, LINES), ...lines.filter(isFrame).slice(0, 1)];
}

/** Of what a step said, the lines that `ops` marks as failed, each once; of any other program its last lines. */
function complaints(text) {
  const lines = linesOf(text);
  const marked = new Set(lines.filter((line) => line.includes("✗")).map((line) => line.trim()));
  return marked.size > 0 ? [...marked].slice(0, LINES) : lines.slice(-LINES);
}

function linesOf(text) {
  return stripVTControlCharacters(text).trimEnd().split("\n");
}
