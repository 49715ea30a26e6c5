/** What tells which of several pictures that are the same is kept. */
export interface Ranked {
  readonly id: string;
  /** Width times height. */
  readonly pixels: number;
  /** Steps of a fifth: smaller differences come from compression. */
  readonly sharpness: number;
  /** When it was captured, or else uploaded, in epoch milliseconds. */
  readonly time: number;
}

export const KEEPER_REASONS = ['LARGEST', 'SHARPEST', 'OLDEST', 'ANY'] as const;
export type KeeperReason = (typeof KEEPER_REASONS)[number];

/** The one to keep first: most pixels, then sharpest, then oldest, then least id. */
export function compareKeepers(a: Ranked, b: Ranked): number {
  return (
    b.pixels - a.pixels || b.sharpness - a.sharpness || a.time - b.time || (a.id < b.id ? -1 : Number(a.id > b.id))
  );
}

/** What the keeper has before the best of the others. */
export function keeperReason(keeper: Ranked, others: readonly Ranked[]): KeeperReason {
  const [next] = others.toSorted(compareKeepers);
  if (!next) return 'ANY';
  if (keeper.pixels !== next.pixels) return 'LARGEST';
  if (keeper.sharpness !== next.sharpness) return 'SHARPEST';
  return keeper.time === next.time ? 'ANY' : 'OLDEST';
}
