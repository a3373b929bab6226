// A program in a container has ended when it is dead and its last line was heard, whoever ended it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { spawnedProcess } from "../../../../scripts/isolation/adapter/process";

const NAMESPACES = { programOf: async (wrapper: number) => wrapper };

it.each([
  ["alive", false],
  ["dead already", true],
])("kill waits for the last line of a program that is %s", async (_how, deadBefore) => {
  let hear = (): void => {};
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const child = spawn("/bin/sleep", ["60"], { stdio: "ignore" });
  const process = spawnedProcess(child, NAMESPACES, heard);
  const dead = once(child, "exit");
  if (deadBefore) {
    child.kill("SIGKILL");
    await dead;
  }
  let killed = false;
  const kill = process.kill().then(() => {
    killed = true;
  });
  await dead;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect({ killed, running: process.running() }).toEqual({ killed: false, running: true });
  hear();
  await kill;
  expect(process.running()).toBe(false);
});
