// The shape of the sources: no circles between files, functions that fit a screen, first lines that say what a file is for.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(__dirname, "..");
/** Lines. */
const LONGEST_FUNCTION = 80;
const MEDIAN_FILE = 100;

const sources = (directory: string): string[] =>
  readdirSync(path.join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const file = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return sources(file);
    return entry.name.endsWith(".ts") ? [file] : [];
  });

interface Source {
  file: string;
  text: string;
}

const ALL: readonly Source[] = ["policies", "stacks", "k8s", "scripts"]
  .flatMap(sources)
  .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), "utf8") }));

/** Circles of imports, each as the files on it. A file that imports itself is one. */
function circles(all: readonly Source[]): string[][] {
  const known = new Set(all.map(({ file }) => file));
  const imports = new Map(
    all.map(({ file, text }) => {
      const found = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
        if (!fileName.startsWith(".")) return undefined;
        const base = path.posix.join(path.posix.dirname(file), fileName).replace(/\.js$/, "");
        return [`${base}.ts`, `${base}/index.ts`].find((candidate) => known.has(candidate));
      });
      return [file, found.filter((target) => target !== undefined)] as const;
    }),
  );
  const [done, onPath, found] = [new Set<string>(), [] as string[], [] as string[][]];
  const visit = (file: string): void => {
    const from = onPath.indexOf(file);
    if (from >= 0) found.push(onPath.slice(from));
    if (from >= 0 || done.has(file)) return;
    onPath.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    onPath.pop();
    done.add(file);
  };
  for (const { file } of all) visit(file);
  return found;
}

function longFunctions({ file, text }: Source): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const line = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const lines = ts.isFunctionLike(node) ? line(node.end) - line(node.getStart(source)) + 1 : 0;
    if (lines > LONGEST_FUNCTION) found.push(`${file}:${line(node.getStart(source)) + 1}: ${lines} lines`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const unsaid = ({ text }: Source): boolean => !/^(#!.*\n)?\/\/ \S/.test(text);

describe("the sources", () => {
  it("have no circles", () => {
    expect(circles(ALL)).toEqual([]);
  });

  it(`have no function of more than ${LONGEST_FUNCTION} lines`, () => {
    expect(ALL.flatMap(longFunctions)).toEqual([]);
  });

  it("say in their first line what they are for", () => {
    expect(ALL.filter(unsaid).map(({ file }) => file)).toEqual([]);
  });

  it(`are short: half of them have at most ${MEDIAN_FILE} lines`, () => {
    const lines = ALL.map(({ text }) => text.split("\n").length).sort((a, b) => a - b);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(MEDIAN_FILE);
  });

  it("would be caught otherwise", () => {
    const at = (file: string, text: string): Source => ({ file, text });
    const circle = [
      at("a/x.ts", 'import "./y";'),
      at("a/y.ts", 'export * from "./z";'),
      at("a/z.ts", 'import("./x");'),
    ];
    expect(circles(circle)).toEqual([["a/x.ts", "a/y.ts", "a/z.ts"]]);
    const body = "\n".repeat(LONGEST_FUNCTION);
    expect(longFunctions(at("a/x.ts", `const f = () => {${body}};`))).toEqual([
      `a/x.ts:1: ${LONGEST_FUNCTION + 1} lines`,
    ]);
    expect(longFunctions(at("a/x.ts", `const f = () => {${body.slice(1)}};`))).toEqual([]);
    expect(unsaid(at("a/x.ts", "import path from 'node:path';"))).toBe(true);
  });
});
