/** The shares, 0..1, of the ranks that are among the first k: rank 0 is the best. */
export function sharesWithin<K extends number>(ranks: readonly number[], ks: readonly K[]): Record<K, number> {
  const share = (k: number) => ranks.filter((rank) => rank < k).length / ranks.length;
  return Object.fromEntries(ks.map((k) => [k, share(k)])) as Record<K, number>;
}

/**
 * @returns how many score more than the best of the right ones. One that scores the same counts too: an encoder that
 *   answers everything alike finds nothing.
 */
export function rankOf(scores: readonly number[], isRight: (index: number) => boolean): number {
  const best = Math.max(...scores.filter((_, index) => isRight(index)));
  return scores.filter((score, index) => score >= best && !isRight(index)).length;
}
