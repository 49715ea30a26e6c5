/** What orders assets. */
export interface Place {
  readonly id: string;
  /** Width times height. */
  readonly pixels: number;
  /** When it was captured, or else uploaded, in epoch milliseconds. */
  readonly time: number;
  /** Of the file. */
  readonly bytes: number;
}

/** What tells which of several pictures that are the same is kept. */
export interface Ranked extends Place {
  /** Whether a channel has more than 8 bits. */
  readonly isDeep: boolean;
  /** See `sharpness`. */
  readonly sharpness: number;
}

export const KEEPER_REASONS = ['LARGEST', 'DEEPEST', 'SHARPEST', 'OLDEST', 'MOST_BYTES', 'ANY'] as const;
export type KeeperReason = (typeof KEEPER_REASONS)[number];

/** Compression and slight edits change it by less. Measured in docs/decisions/014-near-duplicates.md. */
const CLEARLY_SHARPER = 5;
/** Less than that is what rounding makes of a smooth picture. */
const LEAST_SHARPNESS = 2;

/**
 * Most pixels first, then the oldest, then most bytes, then least id. Sharpness has no place in an order: of three
 * pictures each may be about as sharp as the next, and the first clearly sharper than the last.
 */
export function compareRanks(a: Place, b: Place): number {
  return b.pixels - a.pixels || a.time - b.time || b.bytes - a.bytes || (a.id < b.id ? -1 : Number(a.id > b.id));
}

/** Of the largest, and of the deep ones among them where there are any, the first that none is clearly sharper than. */
export function keeperOf<Asset extends Ranked>(assets: readonly Asset[]): Asset | undefined {
  const ordered = assets.toSorted(compareRanks);
  const largest = ordered.filter(({ pixels }) => pixels === ordered[0]!.pixels);
  const deep = largest.filter(({ isDeep }) => isDeep);
  const best = deep.length > 0 ? deep : largest;
  const sharpest = best.reduce((most, { sharpness }) => Math.max(most, sharpness), 0);
  return best.find(({ sharpness }) => !isClearly(sharpest, sharpness));
}

/** What the keeper has before the best of the others. */
export function keeperReason(keeper: Ranked, others: readonly Ranked[]): KeeperReason {
  const next = keeperOf(others);
  if (!next) return 'ANY';
  if (keeper.pixels !== next.pixels) return 'LARGEST';
  if (keeper.isDeep !== next.isDeep) return 'DEEPEST';
  if (isClearly(keeper.sharpness, next.sharpness)) return 'SHARPEST';
  // An older one may be a duplicate of the keeper, and give way to another that is none itself.
  if (keeper.time !== next.time) return keeper.time < next.time ? 'OLDEST' : 'ANY';
  return keeper.bytes > next.bytes ? 'MOST_BYTES' : 'ANY';
}

/** Whether it has as many pixels, and shows more of what is there: it is deep, or else clearly sharper. */
export function isClearlyBetter(one: Ranked, other: Ranked): boolean {
  if (one.pixels !== other.pixels) return false;
  return one.isDeep === other.isDeep ? isClearly(one.sharpness, other.sharpness) : one.isDeep;
}

function isClearly(one: number, other: number): boolean {
  return one > CLEARLY_SHARPER * Math.max(other, LEAST_SHARPNESS);
}
