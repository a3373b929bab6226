// A reporter that ends a run with where its time went: each project's wall time, and the files that took longest.
import path from "node:path";
import type { Reporter, TestModule } from "vitest/node";

const LONGEST = 10;

interface Span {
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1).padStart(7)} s`;

export default class Times implements Reporter {
  private readonly files = new Map<TestModule, Span>();

  onTestModuleStart(file: TestModule): void {
    this.files.set(file, { from: Date.now(), to: Date.now() });
  }

  onTestModuleEnd(file: TestModule): void {
    const span = this.files.get(file);
    if (span) span.to = Date.now();
  }

  onTestRunEnd(): void {
    const files = [...this.files];
    const projects = new Set(files.map(([{ project }]) => project.name));
    const lines = [...projects].map((name) => {
      const own = files.filter(([{ project }]) => project.name === name);
      const from = Math.min(...own.map(([, span]) => span.from));
      const to = Math.max(...own.map(([, span]) => span.to));
      return `${seconds(to - from)}  project ${name}, ${own.length} files`;
    });
    const longest = files
      .map(([file, { from, to }]) => ({ took: to - from, name: path.relative(process.cwd(), file.moduleId) }))
      .sort((a, b) => b.took - a.took)
      .slice(0, LONGEST)
      .map(({ took, name }) => `${seconds(took)}  ${name}`);
    process.stdout.write(`\nTimes\n${[...lines, ...longest].join("\n")}\n\n`);
  }
}
