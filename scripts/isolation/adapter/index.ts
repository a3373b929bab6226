// Isolation on this machine: cells in Linux namespaces where the system allows them, plain processes where it does not.
import type { Host } from "../../machine/port";
import type { Isolation } from "../port";
import { createCell } from "./cell";
import { noEnclosure } from "./enclosure";
import { openNamespaces } from "./namespaces";
import { witness } from "./witness";

export interface IsolationOptions {
  /** Program that makes namespaces; tests give one that is denied. Default `unshare`. */
  unshare?: string;
}

/** Without namespaces `open` still gives a cell; it then says that it isolates nothing, and why. */
export function createIsolation(host: Host, { unshare = "unshare" }: IsolationOptions = {}): Isolation {
  return {
    async open(request) {
      const enclosure = await openNamespaces(request, unshare);
      return createCell(
        host,
        request,
        "refused" in enclosure ? noEnclosure(request.user, enclosure.refused) : enclosure,
      );
    },
    witness,
  };
}
