// Holds the source against what is declared of it: which columns look personal and are not declared. Reads with the least rights,
// watched, and lets go when anybody waits; of what it read only names and numbers leave it.
import type { MaskedPlatform } from "../../policies/data/masking";
import type { Check } from "../core/evidence";
import { inconclusive, judge, pass } from "../core/finding";
import type { Core, Operated } from "../core/tools";
import { listDatabases, showLeftOut } from "../postgres/databases";
import { openReader } from "../postgres/hold";
import { readInPeace } from "../postgres/let-go";
import type { Database, PostgresTools } from "../postgres/port";
import { askNow } from "../postgres/read-shared";
import { type Survey, showSuspect, survey } from "./survey";

export interface Surveyed {
  checks: Check[];
  /** For evidence. */
  facts: { databases: number; columns: number; undeclared: string[]; problems: string[]; unseen: string[] };
}

/** @param declared undefined where nothing is declared of the platform: then everything personal is undeclared */
export async function checkSource(
  context: Pick<Core, "clock" | "random" | "signal" | "progress"> &
    Pick<Operated, "platform"> &
    PostgresTools,
  declared: MaskedPlatform | undefined,
): Promise<Surveyed> {
  const source = context.servers.source(context.platform);
  const { content, leftOut } = await listDatabases(askNow(source));
  const found = new Map<string, Survey>();
  for (const name of content) {
    const { done } = await context.progress.phase(`look into ${name}`, () =>
      readInPeace(
        context,
        source,
        (watched) => look(watched, name, declared),
        (what) => context.progress.say("info", what),
      ),
    );
    found.set(name, done);
  }
  const of = (pick: (survey: Survey) => readonly string[]): string[] =>
    [...found].flatMap(([name, each]) => pick(each).map((text) => `${name}: ${text}`));
  const undeclared = of((each) => each.undeclared.map(showSuspect));
  const gone = (declared?.databases ?? []).filter(({ database }) => !content.includes(database));
  const problems = [
    ...of((each) => each.problems),
    ...gone.map(({ database }) => `${database} is declared and does not exist`),
  ];
  const shut = leftOut.filter(({ unread }) => unread).map(showLeftOut);
  const unseen = [...of((each) => each.unseen), ...shut];
  const columns = [...found.values()].reduce((sum, each) => sum + each.columns, 0);
  return {
    checks: [
      {
        name: "personal-columns-declared",
        ...judge(undeclared, `${columns} columns, none that looks personal and is not declared`),
      },
      {
        name: "declared-columns-exist",
        ...judge(problems, "every declared column is there, and can be masked as declared"),
      },
      {
        name: "everything-looked-at",
        ...(unseen.length === 0
          ? pass(`${content.length} databases`)
          : inconclusive(judge(unseen, "").detail)),
      },
    ],
    facts: { databases: content.length, columns, undeclared, problems, unseen },
  };
}

async function look(source: Database, name: string, declared: MaskedPlatform | undefined): Promise<Survey> {
  const session = await openReader(source, name);
  try {
    const of = declared?.databases.find(({ database }) => database === name);
    return await survey(session, of, { trusted: false });
  } finally {
    await session.close();
  }
}
