// Manifests with one thing wrong or merely different, drawn with a seed: what validators are compared on.
import { subjectsIn } from "./rendered";

type Json = Record<string, unknown>;

/** Same seed, same numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const REPLACEMENTS: unknown[] = ["text", "8080", "yes", 7, -1, 1.5, true, [], {}, ["x"], { x: 1 }];

/** JSON, which is YAML too. Objects keep apiVersion and kind, so that every validator knows what they are meant to be. */
export function mutantsOf(files: readonly string[], count: number, seed: number): string[] {
  const random = generator(seed);
  const draw = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  return Array.from({ length: count }, () => {
    const object = structuredClone(subjectsIn(draw(files))[0]!.properties) as Json;
    const places: { parent: Json; key: string }[] = [];
    const walk = (parent: Json): void => {
      for (const key of Object.keys(parent)) {
        if (parent === object && (key === "apiVersion" || key === "kind")) continue;
        places.push({ parent, key });
        if (typeof parent[key] === "object" && parent[key] !== null) walk(parent[key] as Json);
      }
    };
    walk(object);
    const { parent, key } = draw(places);
    const way = random();
    if (way < 0.25 && !Array.isArray(parent)) parent[`${key}x`] = 1;
    else if (way < 0.5 && !Array.isArray(parent)) delete parent[key];
    else parent[key] = draw(REPLACEMENTS);
    return JSON.stringify(object);
  });
}
