// Progress for whoever wants only the outcome: warnings, errors and checks that did not pass, then what is printed at the end.
import type { Display, Out } from "./display";
import { linesOf } from "./lines";

export function quietDisplay({
  stdout,
  stderr,
  color,
}: {
  stdout: Out;
  stderr: Out;
  color: boolean;
}): Display {
  const lines = linesOf(color);
  const nothing = (): void => undefined;
  return {
    started: nothing,
    progressed: nothing,
    ended: nothing,
    say(level, text) {
      if (level !== "info") stderr.write(`${lines.say(level, text, undefined)}\n`);
    },
    check(check) {
      const unhappy = check.verdict === "fail" || check.verdict === "inconclusive";
      if (unhappy) stderr.write(`${lines.check(check, undefined)}\n`);
    },
    print: (text) => void stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    close: nothing,
  };
}
