/** How many of anything are held at once where there is no end of them. */
export const PAGE = 500;

/** Puts a stream into lists of `PAGE`, the last of which may be shorter. */
export async function* inPages<Item>(items: AsyncIterable<Item>): AsyncIterable<Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The items of lists, one by one. */
export async function* flat<Item>(lists: AsyncIterable<readonly Item[]>): AsyncIterable<Item> {
  for await (const list of lists) yield* list;
}
