// Writes the report of a run that leaves one, as a page and as Markdown, and keeps both with the evidence.
import path from "node:path";
import { type Contract, clauseOf } from "../../policies/contract/contract";
import type { Artifact } from "../core/evidence";
import { overall } from "../core/evidence";
import type { Outcome } from "../core/outcome";
import type { Core, Operated } from "../core/tools";
import type { EvidenceTools, Provenance } from "../evidence/port";
import type { MachineTools, Workspace } from "../machine/port";
import { renderResultMarkdown } from "./outcome";
import { renderRunReport } from "./report";

export type ReportTools = EvidenceTools &
  Provenance &
  MachineTools &
  Pick<Workspace, "reports"> &
  Pick<Operated, "environment" | "platformName"> &
  Pick<Core, "clock" | "newId"> & { contract: Contract };

interface Run {
  job: string;
  clauses: readonly string[];
  started: Date;
}

export interface WrittenReport {
  /** Where people find them. */
  files: string[];
  /** The same, as the evidence names them. */
  artifacts: Artifact[];
}

export async function writeReport(
  context: ReportTools,
  { job, clauses, started }: Run,
  outcome: Outcome,
): Promise<WrittenReport> {
  const { environment, platformName: platform, clock, actor, inputs, contract, reports, host } = context;
  const verdict = overall(outcome.checks);
  const { checks, measurements, markdown: told } = outcome;
  const page = renderRunReport({
    job,
    command: inputs.command ?? `ops ${job}`,
    verdict,
    environment,
    platform,
    started,
    finished: clock.now(),
    actor,
    clauses: clauses.flatMap((id) => clauseOf(contract, id) ?? []),
    checks,
    measurements,
    told,
  });
  const name = `${job}-${context.newId()}`;
  const documents = [
    { file: `${name}.html`, type: "text/html", text: page },
    {
      file: `${name}.md`,
      type: "text/markdown",
      text: [
        renderResultMarkdown({ job, verdict, checks, measurements }),
        ...(told === undefined ? [] : [told]),
      ].join("\n"),
    },
  ];
  const artifacts: Artifact[] = [];
  await host.makeDirectory(reports);
  for (const { file, type, text } of documents) {
    await host.writeText(path.join(reports, file), text);
    artifacts.push(await context.ledger.store(file, type, text));
  }
  return { files: documents.map(({ file }) => path.join(reports, file)), artifacts };
}
