// Tools for a test that needs a few of many: what was not given is named as soon as it is asked for, not undefined somewhere later.

/** Nested ones are given one by one: `given<Context>({ platform: given<Platform>({ name: "bare" }) })`. */
export function given<Tools extends object>(parts: Partial<Tools>): Tools {
  return new Proxy(parts as Tools, {
    get(target, name, receiver) {
      // A promise that resolves to tools asks for `then`; vitest, showing them, for symbols.
      if (typeof name === "string" && name !== "then" && !(name in target))
        throw new Error(
          `this test gives no ${name}; it gives ${Object.keys(target).join(", ") || "nothing"}`,
        );
      return Reflect.get(target, name, receiver);
    },
  });
}
