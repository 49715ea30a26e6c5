import pLimit from 'p-limit';

/**
 * Does something with every item, a few at a time. After the first failure nothing more is begun, and what runs is waited
 * for: whoever closes what the items are done with can do so at once.
 * @returns the results in the order of the items
 * @throws the first error
 */
export async function mapLimited<Item, Result>(
  limit: number,
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  await pLimit(limit).map(items, async (item, index) => {
    if (errors.length > 0) return;
    try {
      results[index] = await map(item);
    } catch (error) {
      errors.push(error);
    }
  });
  if (errors.length > 0) throw errors[0];
  return results;
}
