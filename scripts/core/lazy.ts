// What is made when it is first asked for, and only then: most commands need few of the tools there are.

/** One value. A maker that throws is asked again the next time. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** An object whose properties are such values. Copying it with `...` asks for them all. */
export function lazily<T extends object>(makers: { readonly [Name in keyof T]-?: () => T[Name] }): T {
  const properties: PropertyDescriptorMap = {};
  for (const name of Object.keys(makers) as (keyof T & string)[])
    properties[name] = { get: once(makers[name]), enumerable: true, configurable: true };
  return Object.create(Object.prototype, properties);
}
