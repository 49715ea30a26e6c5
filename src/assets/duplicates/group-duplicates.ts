import {
  compareRanks,
  isClearlyBetter,
  keeperOf,
  keeperReason,
  type KeeperReason,
  type Ranked,
} from './keeper-order.js';

export interface Neighbour {
  readonly id: string;
  readonly similarity: number;
}

export interface Group {
  readonly keeper: Ranked;
  readonly reason: KeeperReason;
  /** The largest first, then the oldest. */
  readonly others: readonly (Ranked & Neighbour)[];
}

/**
 * Each asset in one group at most, together with a keeper that it is itself a duplicate of: pictures of a burst that are
 * each like the next do not melt into one group. Whoever comes first takes what is left of its duplicates, unless one of
 * these is to be kept rather than it, which then takes its own.
 *
 * @param neighboursOf the duplicates of an asset; it and those that are not among the ranked ones are passed over
 * @returns the groups in the order of their keepers
 */
export function groupDuplicates(
  ranked: readonly Ranked[],
  neighboursOf: (id: string) => readonly Neighbour[],
): readonly Group[] {
  const free = new Map(ranked.map((asset) => [asset.id, asset]));
  const groups: Group[] = [];
  // From one to the next it gets better, so there is an end.
  const groupFrom = (keeper: Ranked): Omit<Group, 'reason'> => {
    const others = neighboursOf(keeper.id).flatMap(({ id, similarity }) => {
      const asset = free.get(id);
      return asset && asset !== keeper ? { ...asset, similarity } : [];
    });
    const better = keeperOf(others.filter((other) => isClearlyBetter(other, keeper)));
    return better ? groupFrom(free.get(better.id)!) : { keeper, others: others.sort(compareRanks) };
  };
  for (const first of ranked.toSorted(compareRanks))
    // The group may be that of a keeper two steps away, of which the first is no duplicate itself.
    while (free.has(first.id)) {
      const { keeper, others } = groupFrom(first);
      for (const { id } of [keeper, ...others]) free.delete(id);
      if (others.length > 0) groups.push({ keeper, reason: keeperReason(keeper, others), others });
    }
  return groups.sort((a, b) => compareRanks(a.keeper, b.keeper));
}
