// Several files at once: each is a program that mostly waits for the repository.

/** At once. */
const PARALLEL = 4;

/** The first error ends what is under way and is thrown once nothing runs any more. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<void>,
  ends: readonly AbortSignal[],
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...ends]);
  const queue = items.values();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (signal.aborted) return;
      await work(item, signal).catch((error: unknown) => {
        errors.push(error);
        failed.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (errors.length > 0) throw errors[0];
  for (const end of ends) end.throwIfAborted();
}
