// The one comment of a pull request, and the text of an issue, made of what the steps wrote for people.

/** Finds our comment again; nobody sees it. */
export const MARKER = "<!-- ops: pipeline summary -->";

/** GitHub refuses more than 65,536 characters; room for the head and the note. */
const LIMIT = 60_000;

export interface CommentParts {
  title: string;
  /** Markdown of the steps, one after another, each with a heading. */
  summary: string;
  /** Where all of it can be read. */
  run?: string | undefined;
  /** Commit that it speaks of. */
  commit?: string | undefined;
}

/** Stands before what a job wrote, so that the parts are found again whatever headings they have; nobody sees it. */
export const sectionMark = (job: string): string => `<!-- ops job: ${job} -->`;

export interface Section {
  heading: string;
  body: string;
}

/** One section a job, in order: its first heading, or its name where it wrote none. What stands before the first belongs to none. */
export function sectionsOf(summary: string): Section[] {
  const [, ...parts] = summary.split(/^<!-- ops job: ([\w-]+) -->$/m);
  const sections: Section[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const text = (parts[index + 1] ?? "").trim();
    const heading = /^#{1,6} (.+)$/m.exec(text);
    const begins = heading?.index === 0;
    sections.push({
      heading: begins ? (heading[1] ?? "").trim() : `ops ${parts[index]}`,
      body: begins ? text.slice(heading[0].length).trim() : text,
    });
  }
  return sections;
}

/** The text to post: sections folded when there are several, cut with a note when GitHub would refuse it. */
export function commentText({ title, summary, run, commit }: CommentParts): string {
  const sections = sectionsOf(summary);
  const about = [
    commit === undefined ? "" : `Commit ${commit.slice(0, 10)}.`,
    run === undefined ? "" : `[The run](${run}).`,
  ]
    .filter((part) => part !== "")
    .join(" ");
  const head = [MARKER, `## ${title}`, about].filter((part) => part !== "").join("\n\n");
  if (sections.length === 0)
    return `${head}\n\n${summary.trim() || "No step left a summary: see the run."}\n`;
  let room = LIMIT - head.length;
  const shown: string[] = [];
  for (const { heading, body } of sections) {
    const text = `<details open>\n<summary><b>${heading.replace(/[<>&]/g, "")}</b></summary>\n\n${body}\n\n</details>`;
    if (text.length > room) {
      shown.push(
        `Cut here: ${sections.length - shown.length} of ${sections.length} sections would not fit; read the summary of the run.`,
      );
      break;
    }
    room -= text.length;
    shown.push(text);
  }
  return `${head}\n\n${shown.join("\n\n")}\n`;
}
