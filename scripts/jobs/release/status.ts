// `ops release status`: what is declared and what serves.
import { shanghai } from "../../core/instant";
import { type Cell, renderTable, type Tone } from "../../core/table";
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import type { AppState } from "../../release/rollouts";
import { readEnvironment } from "../../release/state";

const TONE: Readonly<Record<AppState["health"], Tone>> = {
  healthy: "good",
  progressing: "warn",
  degraded: "bad",
  unknown: "dim",
};

export default defineCommand({
  summary: "Show which versions are declared and which are serving",
  arguments: {},
  effect: "reads",
  evidence: { none: "it only shows; what is released leaves evidence of its own" },
  examples: [{ command: "ops release status", what: "Declared and serving versions of every app." }],
  plan: async ({ environment }) => [`show what ${environment} declares and what serves`],
  async run({ delivery, environment, color, width }) {
    const { release, history, pending, base } = await readEnvironment(delivery, environment);
    const states = await delivery.rollouts.status(release);
    const rows = states.map(({ app, serving, health, detail }): Cell[] => [
      app,
      release.apps[app]?.version ?? "-",
      serving ?? "-",
      { text: health, tone: TONE[health] },
      detail,
    ]);
    const head = ["App", "Declared", "Serving", "Health", "Detail"];
    const [last] = history;
    const lines = [
      renderTable({ head, rows, color, maxWidths: [0, 0, 0, 0, Math.max(30, width - 60)] }),
      `Last      ${last ? `${shanghai(last.at)} ${last.author}: ${last.message.split("\n")[0]} (${last.commit.slice(0, 12)})` : "-"}`,
      `Remote    ${delivery.releases.remote} at ${base.slice(0, 12)}; ${delivery.rollouts.how}`,
      `Pending   ${pending.map(({ id }) => id).join(", ") || "no changeset"}`,
    ];
    const json = { environment, base, apps: states, pending: pending.map(({ id }) => id) };
    const degraded = states.some(({ health }) => health === "degraded");
    return viewOnly({ record: false, summary: lines.join("\n"), json, exit: degraded ? "fail" : "ok" });
  },
});
