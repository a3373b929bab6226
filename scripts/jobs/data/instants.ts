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
