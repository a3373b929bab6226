// Looks for a planted text in everything that was written: names, contents, and what evidence packs.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A file, and what is packed in it: evidence is signed over base64. */
function contentOf(file: string): string {
  const text = readFileSync(file, "utf8");
  const packed = [...text.matchAll(/"payload": ?"([A-Za-z0-9+/=]+)"/g)].map(([, payload = ""]) => payload);
  return [text, ...packed.map((payload) => Buffer.from(payload, "base64").toString("utf8"))].join("\n");
}

/** Files below a directory that hold the text, by name or content. */
export function holding(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const found = entry.name.includes(text) || (entry.isFile() && contentOf(file).includes(text));
    return found ? [file] : [];
  });
}
