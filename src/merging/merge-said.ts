import type { Asset } from '../database/generated/client.js';

const CAMERA = ['cameraMake', 'cameraModel', 'lens'] as const;
const POSITION = ['latitude', 'longitude', 'altitudeMetres'] as const;

/** What is said of an asset and its duplicates together. */
export type Said = Pick<
  Asset,
  | 'title'
  | 'description'
  | 'tags'
  | 'isFavourite'
  | 'rating'
  | 'capturedAt'
  | (typeof CAMERA)[number]
  | (typeof POSITION)[number]
>;

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
    capturedAt: all.find(({ capturedAt }) => capturedAt !== null)?.capturedAt ?? null,
    // None is put together of two.
    ...firstWith(all, CAMERA),
    ...firstWith(all, POSITION),
  };
}

function firstWith<Field extends keyof Said>(all: readonly Said[], fields: readonly Field[]): Pick<Said, Field> {
  const given = all.find((each) => fields.some((field) => each[field] !== null)) ?? all[0]!;
  return Object.fromEntries(fields.map((field) => [field, given[field]])) as Pick<Said, Field>;
}
