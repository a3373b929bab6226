// Runs the program that outsiders are given again and again in one thread, whole and unchanged: imported anew for every run, with its
// own arguments, it prints into what is sent back. Starting a thread takes longer than a verification.
import { parentPort, workerData } from "node:worker_threads";

let runs = 0;
parentPort.on("message", async (argv) => {
  const said = { stdout: "", stderr: "" };
  console.log = (text) => {
    said.stdout += `${text}\n`;
  };
  console.error = (text) => {
    said.stderr += `${text}\n`;
  };
  process.argv = [process.argv[0], workerData, ...argv];
  process.exitCode = undefined;
  try {
    await import(`file://${workerData}?run=${++runs}`);
    parentPort.postMessage({ code: process.exitCode ?? 0, ...said });
  } catch (error) {
    parentPort.postMessage({ code: 1, ...said, stderr: `${said.stderr}${error?.stack}` });
  }
});
