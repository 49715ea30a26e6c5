import { compareKeepers, keeperReason, type KeeperReason, type Ranked } from './keeper-order.js';

export interface Neighbour {
  readonly id: string;
  readonly similarity: number;
}

export interface Group {
  readonly keeper: Ranked;
  readonly reason: KeeperReason;
  /** The best of them first. */
  readonly others: readonly (Ranked & Neighbour)[];
}

/**
 * Each asset in one group at most, together with a keeper that it is itself a duplicate of: pictures of a burst that are
 * each like the next do not melt into one group. Whoever comes first in the order of keepers takes what is left of its
 * duplicates.
 *
 * @param neighboursOf the duplicates of an asset; those that are not among the ranked ones are passed over
 * @returns the groups in the order of their keepers
 */
export function groupDuplicates(
  ranked: readonly Ranked[],
  neighboursOf: (id: string) => readonly Neighbour[],
): readonly Group[] {
  const free = new Map(ranked.map((asset) => [asset.id, asset]));
  const groups: Group[] = [];
  for (const keeper of ranked.toSorted(compareKeepers)) {
    if (!free.delete(keeper.id)) continue;
    const others = neighboursOf(keeper.id).flatMap(({ id, similarity }) => {
      const asset = free.get(id);
      return asset ? { ...asset, similarity } : [];
    });
    if (others.length === 0) continue;
    for (const { id } of others) free.delete(id);
    others.sort(compareKeepers);
    groups.push({ keeper, reason: keeperReason(keeper, others), others });
  }
  return groups;
}
