// Which accounts the tests of this machine use. As root, programs run as an unprivileged account, as they do for real.
import { userInfo } from "node:os";

export const isRoot = process.getuid?.() === 0;
export const user = isRoot ? "postgres" : userInfo().username;
