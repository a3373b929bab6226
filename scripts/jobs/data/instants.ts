// How two moments are named on the command line.
export const AT = {
  kind: "text",
  value: "instant",
  required: true,
  description:
    "the earlier moment: an instant (without a zone it is read as Asia/Shanghai) or a checkpoint's name",
} as const;

export const AGAINST = {
  kind: "text",
  value: "instant",
  default: "now",
  description: "the later moment: `now`, or an instant, for which a second copy is made",
} as const;

export const COPY = {
  kind: "text",
  value: "address",
  description:
    "a copy that stands already at the earlier moment (a clone of a managed service), <host>[:<port>], same logins: nothing is restored",
} as const;

/** The line of a plan that says where the moments come from. */
export function momentsLine(given: { at: string; against: string; copy?: string | undefined }): string {
  const { at, against, copy } = given;
  if (copy !== undefined)
    return `read the copy at ${copy} as the moment ${at}; ask it for its newest heartbeat`;
  return `restore a copy, recover it to ${at}${against === "now" ? "" : `; another to ${against}`}`;
}
