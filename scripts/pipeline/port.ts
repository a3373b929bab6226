// The workflows of this checkout, and a place in which one is run.

export interface PipelineRun {
  /** Everything of the run lies here: summary, comment, logs, artifacts. */
  readonly directory: string;
  /**
   * Runs a script as GitHub's bash does, in the checkout, confined to the sandbox, with its own `GITHUB_OUTPUT`.
   * @returns its exit code, its outputs, and the lines that it said
   */
  script(
    script: string,
    options: {
      env: Readonly<Record<string, string>>;
      log: string;
      signal: AbortSignal;
      onLine(line: string): void;
    },
  ): Promise<{ exitCode: number; outputs: Record<string, string>; lines: readonly string[] }>;
  /** What the steps wrote for people, so far. */
  summary(): Promise<string>;
  write(file: string, text: string): Promise<string>;
  /** Copies what the paths name (relative to the checkout; `.ops/…` is the home of ops) to artifacts/<name>. @returns what was there */
  collect(name: string, paths: readonly string[]): Promise<string[]>;
}

export interface Pipelines {
  /** The file in which the steps of this run gather what they found, for the comment or the issue (`OPS_SUMMARY`). */
  readonly gathered: string;
  /** Names of .github/workflows, without .yaml. */
  names(): Promise<string[]>;
  /** @throws OpsError usage for an unknown name */
  workflow(name: string): Promise<{ file: string; text: string }>;
  /** The text of one of our own composite actions, `./.github/actions/setup`. @throws OpsError config */
  action(uses: string): Promise<string>;
  open(id: string): Promise<PipelineRun>;
}

export interface PipelineTools {
  pipelines: Pipelines;
}
