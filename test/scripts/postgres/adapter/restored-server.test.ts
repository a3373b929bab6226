// What is read out of the log of a server that recovers.
import { expect, it } from "vitest";
import { RecoveryLog } from "../../../../scripts/postgres/adapter/restored-server";

const read = (...lines: string[]): RecoveryLog => {
  const log = new RecoveryLog();
  for (const line of lines) log.read(`2026-11-30 21:00:00.000 UTC [7] ${line}`);
  return log;
};

it("settings that WAL demands higher, as a warning while it can be read and as the reason why it ends", () => {
  const paused = read(
    "WARNING:  hot standby is not possible because of insufficient parameter settings",
    "DETAIL:  max_connections = 50 is a lower setting than on the primary server, where its value was 150.",
    "LOG:  recovery has paused",
    "DETAIL:  If recovery is unpaused, the server will shut down.",
  );
  expect(paused.tooLow()).toEqual([{ setting: "max_connections", is: 50, needed: 150 }]);
  expect(paused.fatal).toEqual([]);
  const ended = read(
    "FATAL:  recovery aborted because of insufficient parameter settings",
    "DETAIL:  max_worker_processes = 8 is a lower setting than on the primary server, where its value was 20.",
  );
  expect(ended.tooLow()).toEqual([{ setting: "max_worker_processes", is: 8, needed: 20 }]);
  expect(ended.fatal).toHaveLength(1);
});

it("where recovery stopped first, and whether the server could be read", () => {
  const log = read(
    "LOG:  database system is ready to accept read-only connections",
    'LOG:  recovery stopping at restore point "x", time 2026-11-30 21:00:00+00',
    "LOG:  redo done at 0/5000000",
  );
  expect(log.stop).toBe('recovery stopping at restore point "x", time 2026-11-30 21:00:00+00');
  expect(log.readable).toBe(true);
  expect(read("LOG:  database system is ready to accept connections").readable).toBe(false);
});

it("what ended it, and not that clients were turned away", () => {
  const log = read(
    "FATAL:  the database system is starting up",
    "FATAL:  terminating connection due to administrator command",
    "LOG:  startup process (PID 9) was terminated by signal 9: Killed",
    "PANIC:  could not locate a valid checkpoint record",
  );
  expect(log.fatal.map((line) => line.slice(32))).toEqual(
    [
      " LOG:  startup process (PID 9) was terminated by signal 9: Killed",
      " PANIC:  could not locate a valid checkpoint record",
    ].map((line) => line.trimStart()),
  );
});
