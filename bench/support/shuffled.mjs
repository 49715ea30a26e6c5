/** In the same order each time. */
export function shuffled(items) {
  let state = 1;
  return items
    .map((item) => ({ item, key: (state = (state * 48271) % 2147483647) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
