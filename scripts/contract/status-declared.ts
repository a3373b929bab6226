// What is declared for a clause, for people: each stack once, each type of it once, names wrapped.

const CLAUSE = 14;
const STACK = 16;
const INDENT = 2 + CLAUSE + 1 + STACK + 1;
/** Narrower than this a column of names is no help. */
const NARROWEST = 40;

/** @param declared `stack type name`, as in a status row; @param width columns of the terminal */
export function declaredOf(clause: string, declared: readonly string[], width: number): string[] {
  const stacks = grouped(declared);
  return [...stacks].flatMap(([stack, rest], ofClause) =>
    [...grouped(rest)].flatMap(([type, names], ofStack) =>
      wrapped(`${type} ${names.join(", ")}`, Math.max(NARROWEST, width - INDENT)).map((line, ofType) => {
        const first = ofStack === 0 && ofType === 0;
        const left = [first && ofClause === 0 ? clause : "", first ? stack : ""];
        return `  ${left[0]!.padEnd(CLAUSE)} ${left[1]!.padEnd(STACK)} ${ofType === 0 ? line : `  ${line}`}`;
      }),
    ),
  );
}

/** First word → what follows it, in the order in which they come. */
function grouped(texts: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const text of texts) {
    const space = text.indexOf(" ");
    const key = text.slice(0, space);
    groups.set(key, [...(groups.get(key) ?? []), text.slice(space + 1)]);
  }
  return groups;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width - 2)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
