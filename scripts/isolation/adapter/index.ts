// Isolation on this machine: containers in Linux namespaces where the system allows them, plain processes where it does not.
import type { Host } from "../../machine/port";
import type { Isolation } from "../port";
import { createContainer } from "./container";
import { controlListener } from "./control-listener";
import { openNamespaces } from "./namespaces";
import { noNamespaces } from "./separation";

export interface IsolationOptions {
  /** Program that makes namespaces; tests give one that is denied. Default `unshare`. */
  unshare?: string;
}

/** Without namespaces `open` still gives a container; it then says that it isolates nothing, and why. */
export function createIsolation(host: Host, { unshare = "unshare" }: IsolationOptions = {}): Isolation {
  return {
    async open(request) {
      const namespaces = await openNamespaces(request, unshare);
      return createContainer(
        host,
        request,
        "refused" in namespaces ? noNamespaces(request.outside, namespaces.refused) : namespaces,
      );
    },
    controlListener,
  };
}
