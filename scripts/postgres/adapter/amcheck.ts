// What pg_amcheck says, one text a finding.

/**
 * pg_amcheck names an object on one line and indents what is wrong with it on the next ones; its hints are about
 * arguments of functions that nobody called.
 * @param output stdout and stderr
 */
export function amcheckFindings(output: string): string[] {
  const findings: string[] = [];
  for (const line of output.split("\n").filter((text) => text.trim() !== "")) {
    if (!/^\s/.test(line) || findings.length === 0) findings.push(line.trim());
    else if (!/^\s*HINT:/.test(line))
      findings[findings.length - 1] += ` ${line.trim().replace(/^ERROR: +/, "")}`;
  }
  return findings;
}
