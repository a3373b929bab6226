// Changes the elements of an array as PostgreSQL prints it, `{a,"b c",NULL}`, and nothing else of its text.

/** Bounds such as `[2:3]={…}` stay; NULL and nothing stay what they are. */
export function mapElements(text: string, change: (element: string) => string): string {
  const start = text.indexOf("{");
  return text.slice(0, start) + text.slice(start).replaceAll(/"((?:[^"\\]|\\.)*)"|[^{},"]+/gs, element);

  function element(token: string, quoted: string | undefined): string {
    if (quoted === undefined && /^null$/i.test(token)) return token;
    const value = quoted === undefined ? token : quoted.replaceAll(/\\(.)/gs, "$1");
    return `"${change(value).replaceAll(/["\\]/g, "\\$&")}"`;
  }
}
