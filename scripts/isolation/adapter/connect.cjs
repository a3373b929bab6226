// One attempt to connect, run by a bare Node inside a container and outside it; prints whether it succeeded as JSON.
// Argument: {"host": …, "port": …} or {"path": …}. Given to `node -e` as text, so that it need not be readable inside.
const { writeSync } = require("node:fs");
const { connect } = require("node:net");

/** Covers resolving the name as well. */
const LIMIT_MILLISECONDS = 2_000;

function report(reached, detail) {
  writeSync(1, `${JSON.stringify({ reached, detail })}\n`);
  process.exit(0);
}

const socket = connect(JSON.parse(process.argv[1]));
socket.once("connect", () => report(true, "connected"));
socket.once("error", (error) => report(false, error.code ?? error.message));
// Timers come before I/O: a process that was kept waiting for the processor first hears what has arrived meanwhile.
const late = () => report(false, `no answer in ${LIMIT_MILLISECONDS / 1000} s`);
setTimeout(() => setImmediate(late), LIMIT_MILLISECONDS);
