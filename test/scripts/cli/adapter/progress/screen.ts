// The little of a terminal that progress uses: enough to see what a person would see after any sequence of writes.
// It does not wrap: a live line that is too wide is for the test to notice.

const ESCAPE = String.fromCharCode(27);
const TOKEN = new RegExp(`${ESCAPE}\\[([?0-9;]*)([A-Za-z])|\\r|\\n|[^${ESCAPE}\\r\\n]+`, "g");

export class Screen {
  cursorShown = true;
  private lines: string[] = [""];
  private row = 0;
  private column = 0;

  write(text: string): void {
    for (const match of text.matchAll(TOKEN)) {
      const [token, argument = "", command] = match;
      if (token === "\r") this.column = 0;
      else if (token === "\n") this.feed();
      else if (command !== undefined) this.obey(argument, command);
      else this.put(token);
    }
  }

  /** What is on the screen, without the empty line that the cursor may stand on. */
  text(): string[] {
    const lines = this.lines.map((line) => line.trimEnd());
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  private feed(): void {
    this.row++;
    this.column = 0;
    if (this.row === this.lines.length) this.lines.push("");
  }

  private put(text: string): void {
    const line = (this.lines[this.row] ?? "").padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + text + line.slice(this.column + text.length);
    this.column += text.length;
  }

  private obey(argument: string, command: string): void {
    const count = Number(argument || 1);
    if (command === "A") this.row = Math.max(0, this.row - count);
    else if (command === "J") {
      this.lines[this.row] = (this.lines[this.row] ?? "").slice(0, this.column);
      this.lines.length = this.row + 1;
    } else if (command === "h" || command === "l") this.cursorShown = command === "h";
    else if (command !== "m") throw new Error(`the screen knows no ${argument}${command}`);
  }
}
