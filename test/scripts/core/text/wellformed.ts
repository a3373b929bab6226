// A strict reader of the little HTML that reports use: every element closed, every attribute quoted. Throws at the first fault.

const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*="[^"<]*")*)\s*(\/?)>/y;

/** Names of the elements in order of their start. @throws Error naming the place of the first fault */
export function elementsOf(page: string): string[] {
  const html = page.replace(/^<!DOCTYPE html>\n/, "").replace(/<style>[^<]*<\/style>/g, "<style></style>");
  const open: string[] = [];
  const seen: string[] = [];
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", TAG.lastIndex)) {
    TAG.lastIndex = at;
    const match = TAG.exec(html);
    if (!match) throw new Error(`not a tag: ${html.slice(at, at + 60)}`);
    const [, closing, name = "", , single] = match;
    if (closing) {
      const expected = open.pop();
      if (expected !== name)
        throw new Error(`</${name}> closes <${expected}> near ${html.slice(at - 40, at + 20)}`);
    } else {
      seen.push(name);
      if (!single) open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(", ")}`);
  const stray = /&(?!(amp|lt|gt|quot|#39|#64);)/.exec(html);
  if (stray) throw new Error(`bare ampersand near ${html.slice(stray.index, stray.index + 40)}`);
  return seen;
}
