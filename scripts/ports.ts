// The outside world as jobs and workflows see it. Interfaces only: adapters implement them, tests may stand in for them.
// One file a port, so that one more port is one more file and one more line here.

export type * from "./ports/approvals";
export type * from "./ports/backups";
export type * from "./ports/clock";
export type * from "./ports/context";
export type * from "./ports/delivery";
export type * from "./ports/dumps";
export type * from "./ports/github";
export type * from "./ports/host";
export type * from "./ports/incidents";
export type * from "./ports/infrastructure";
export type * from "./ports/isolation";
export type * from "./ports/laboratory";
export type * from "./ports/ledger";
export type * from "./ports/manifests";
export type * from "./ports/migrations";
export type * from "./ports/pipelines";
export type * from "./ports/postgres";
export type * from "./ports/progress";
export type * from "./ports/releases";
export type * from "./ports/rollouts";
export type * from "./ports/sandbox";
export type * from "./ports/subjects";
