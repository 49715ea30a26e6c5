import { firstKnown, settledOfFirst } from '../assets/known-capture.js';
import type { Capture } from '../assets/metadata.capture.js';
import type { Asset } from '../database/generated/client.js';

type Words = 'title' | 'description' | 'creator' | 'credit' | 'copyright';

/** What is said of an asset and its duplicates together. */
export type Said = Pick<Asset, Words | 'tags' | 'isFavourite' | 'rating' | 'settledFields'> & Capture;

/** The keeper's own words, date, camera and place where it has any, all tags, the best rating. */
export function mergeSaid(keeper: Said, others: readonly Said[]): Said {
  const all = [keeper, ...others] as const;
  const first = (field: Words) => all.find((said) => said[field] !== null)?.[field] ?? null;
  const ratings = all.flatMap(({ rating }) => rating ?? []);
  return {
    title: first('title'),
    description: first('description'),
    creator: first('creator'),
    credit: first('credit'),
    copyright: first('copyright'),
    tags: [...new Set(all.flatMap(({ tags }) => tags))],
    isFavourite: all.some(({ isFavourite }) => isFavourite),
    rating: ratings.length === 0 ? null : Math.max(...ratings),
    ...firstKnown(all),
    settledFields: [...new Set([...keeper.settledFields, ...settledOfFirst(all)])],
  };
}
