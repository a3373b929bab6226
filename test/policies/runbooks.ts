// What every alarm's runbook must be, whoever raises the alarm: the cloud or the cluster.
import { expect } from "vitest";
import { read } from "./repository";

/** @param own the alarms of that name, which may differ in priority and clauses */
export function expectRunbook(
  name: string,
  own: readonly { priority: string; clauses: readonly string[] }[],
): void {
  const text = read(`runbooks/alerts/${name}.md`);
  expect([...text.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual([
    "Meaning",
    "Impact",
    "Diagnosis",
    "Mitigation",
  ]);
  expect(text).toMatch(new RegExp(`^# ${name}\n`));
  for (const { priority } of own) expect(text).toContain(`Priority ${priority},`);
  const stated = /clauses (.+?) \(/.exec(text)?.[1]?.split(", ").sort();
  expect(stated).toEqual([...new Set(own.flatMap(({ clauses }) => clauses))].sort());
  expect(text).toMatch(/Review by: \d{4}-\d{2}-\d{2}/);
}
