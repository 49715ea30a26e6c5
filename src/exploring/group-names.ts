import { dotProduct } from '../inference/vectors.js';
import { timeSlices } from '../time-slices.js';

export interface ProposedName {
  readonly name: string;
  /** By how much its cosine to this group is above its mean cosine to the other groups. */
  readonly score: number;
}

/**
 * Names groups by what sets each apart from the others: a word that fits all of them says nothing of any. No two get the
 * same; where two want one, the one that it says more of has it.
 *
 * @param centroids L2-normalised
 * @param words at least as many as there are centroids, or some stay without a name
 * @param classEmbeddings L2-normalised, one a word
 * @returns one a centroid; undefined where no word is left
 */
export async function nameGroups(
  centroids: readonly Float32Array[],
  words: readonly string[],
  classEmbeddings: readonly Float32Array[],
): Promise<(ProposedName | undefined)[]> {
  const slice = timeSlices();
  const fits: (ProposedName & { readonly group: number })[] = [];
  const others = Math.max(1, centroids.length - 1);
  for (const [word, name] of words.entries()) {
    await slice();
    const cosines = centroids.map((centroid) => dotProduct(centroid, classEmbeddings[word]!));
    const total = cosines.reduce((a, b) => a + b, 0);
    for (const [group, cosine] of cosines.entries())
      fits.push({ name, group, score: cosine - (total - cosine) / others });
  }
  fits.sort((a, b) => b.score - a.score);
  const names = centroids.map((): ProposedName | undefined => undefined);
  const taken = new Set<string>();
  for (const { name, group, score } of fits) {
    if (names[group] || taken.has(name)) continue;
    names[group] = { name, score };
    taken.add(name);
  }
  return names;
}
