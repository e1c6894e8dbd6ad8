/**
 * Runs `work` over all items, at most `limit` at a time, and returns the results in the order of the items.
 * After a failure nothing new starts; it rejects once all that had started has settled, so nothing is left running.
 */
export async function inFlight<Item, Result>(
  limit: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failure: { reason: unknown } | undefined;

  async function runner(): Promise<void> {
    while (next < items.length && failure === undefined) {
      const index = next++;
      try {
        results[index] = await work(items[index], index);
      } catch (reason) {
        failure ??= { reason };
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner));
  if (failure !== undefined) throw failure.reason;
  return results;
}
