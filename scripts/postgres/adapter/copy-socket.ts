// A connection to the server of a copy. Its socket lies in a directory that whatever runs in the copy may write: a link in its place
// could lead our session, with its rights, to the source. So the socket is looked at first, and the connection made to just that.
import { closeSync, constants, existsSync, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { OpsError } from "../../core/errors";

/** open(2), Linux: names a file without opening it; Node does not name the flag. */
const O_PATH = 0o10000000;

/** @param owner uid that the copy's programs run as; a socket of anybody else's is refused */
export function copySocket(owner: number): Socket {
  const socket = new Socket();
  // Without /proc (no Linux) nothing is contained either.
  if (!existsSync("/proc/self/fd")) return socket;
  const connect = socket.connect.bind(socket) as (path: string) => Socket;
  socket.connect = (path: unknown) => {
    try {
      const descriptor = open(String(path), owner);
      const settled = new Promise((resolve) => {
        for (const event of ["connect", "close"]) socket.once(event, resolve);
      });
      void settled.then(() => closeSync(descriptor));
      return connect(`/proc/self/fd/${descriptor}`);
    } catch (error) {
      process.nextTick(() => socket.destroy(error as Error));
      return socket;
    }
  };
  return socket;
}

function open(path: string, owner: number): number {
  const descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW);
  const { uid, mode } = fstatSync(descriptor);
  if ((mode & constants.S_IFMT) === constants.S_IFSOCK && uid === owner) return descriptor;
  closeSync(descriptor);
  throw new OpsError("fail", `${path} is not the socket of the copy's server`, {
    expected: `a socket of uid ${owner}, and no link`,
    todo: "nothing was sent; what runs in the copy put something else there",
  });
}
