import { firstKnown, type Capture } from '../assets/known-capture.js';
import type { Asset } from '../database/generated/client.js';

/** What is said of an asset and its duplicates together. */
export type Said = Pick<Asset, 'title' | 'description' | 'tags' | 'isFavourite' | 'rating'> & Capture;

/** The keeper's own words, date, camera and place where it has any, all tags, the best rating. */
export function mergeSaid(keeper: Said, others: readonly Said[]): Said {
  const all = [keeper, ...others];
  const ratings = all.flatMap(({ rating }) => rating ?? []);
  return {
    title: all.find(({ title }) => title !== null)?.title ?? null,
    description: all.find(({ description }) => description !== null)?.description ?? null,
    tags: [...new Set(all.flatMap(({ tags }) => tags))],
    isFavourite: all.some(({ isFavourite }) => isFavourite),
    rating: ratings.length === 0 ? null : Math.max(...ratings),
    ...firstKnown([keeper, ...others]),
  };
}
