export const MAX_COLOURS = 5;
const LEVELS_PER_CHANNEL = 8;
/** Squared distance in RGB under which two colours count as one: about a tenth of the range in each channel. */
const SAME_COLOUR = 3 * 26 ** 2;
const OPAQUE_ENOUGH = 128;

/**
 * The colours that fill most of a small picture, the most common first, each the mean of what is near it.
 *
 * @param rgba rows of RGBA bytes; transparent pixels do not count
 * @returns at most five, as "#rrggbb"; none for a wholly transparent picture
 */
export function dominantColours(rgba: Uint8Array): string[] {
  const merged: Bin[] = [];
  for (const bin of histogram(rgba)) {
    const near = merged.find((other) => distance(mean(other), mean(bin)) < SAME_COLOUR);
    if (near) add(near, bin);
    else merged.push(bin);
  }
  return merged
    .sort((a, b) => b.count - a.count)
    .slice(0, MAX_COLOURS)
    .map(
      (bin) =>
        `#${mean(bin)
          .map((value) => Math.round(value).toString(16).padStart(2, '0'))
          .join('')}`,
    );
}

interface Bin {
  count: number;
  sums: [number, number, number];
}

/** Pixels counted in boxes of 32 levels a channel, the fullest box first. */
function histogram(rgba: Uint8Array): Bin[] {
  const bins = new Map<number, Bin>();
  for (let offset = 0; offset < rgba.length; offset += 4) {
    if (rgba[offset + 3]! < OPAQUE_ENOUGH) continue;
    const sums: Bin['sums'] = [rgba[offset]!, rgba[offset + 1]!, rgba[offset + 2]!];
    const key = sums.reduce((key, value) => key * LEVELS_PER_CHANNEL + (value >> 5), 0);
    const bin = bins.get(key);
    if (bin) add(bin, { count: 1, sums });
    else bins.set(key, { count: 1, sums });
  }
  return [...bins.values()].sort((a, b) => b.count - a.count);
}

function add(bin: Bin, other: Bin): void {
  bin.count += other.count;
  other.sums.forEach((sum, channel) => (bin.sums[channel]! += sum));
}

function mean({ count, sums }: Bin): number[] {
  return sums.map((sum) => sum / count);
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, channel) => sum + (value - b[channel]!) ** 2, 0);
}
