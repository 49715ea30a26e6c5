import type { Prisma } from '../database/database.js';
import type { AssetState, Orientation } from '../database/generated/enums.js';
import { AfterimageError, expected } from '../errors.js';
import type { Filter } from '../vectorstore/vectorstore.js';
import { labelKey } from './label-name.js';

interface Range<T> {
  readonly min?: T | null;
  readonly max?: T | null;
}

/** Conditions that an asset must meet, all of them; one that is not given is met by every asset. */
export interface AssetFilter {
  readonly mimeTypes?: readonly string[] | null;
  readonly tagsAny?: readonly string[] | null;
  readonly tagsAll?: readonly string[] | null;
  readonly labelsAny?: readonly string[] | null;
  readonly uploadedAt?: Range<Date> | null;
  readonly capturedAt?: Range<Date> | null;
  readonly byteSize?: Range<number> | null;
  readonly width?: Range<number> | null;
  readonly height?: Range<number> | null;
  readonly orientations?: readonly Orientation[] | null;
  readonly states?: readonly AssetState[] | null;
  readonly isFavourite?: boolean | null;
  readonly minRating?: number | null;
  /** Part of the file name or the title, whatever its case. */
  readonly text?: string | null;
  /** Assets in the trash instead of those outside it. */
  readonly isTrashed?: boolean | null;
}

const RANGES = ['uploadedAt', 'capturedAt', 'byteSize', 'width', 'height'] as const;
const MAX_VALUES = 200;

/** @throws INVALID_FILTER for what no asset could ever meet by mistake: a range turned round, a list too long */
export function checkFilter(filter: AssetFilter): void {
  for (const name of RANGES) {
    const { min, max } = filter[name] ?? {};
    if (min != null && max != null && min > max)
      throw new AfterimageError(
        'INVALID_FILTER',
        `expected min <= max for filter.${name}, received them the other way`,
      );
  }
  for (const [name, value] of Object.entries(filter))
    if (Array.isArray(value) && value.length > MAX_VALUES)
      throw new AfterimageError('INVALID_FILTER', expected(`at most ${MAX_VALUES} values`, `filter.${name}`, value));
  if (filter.minRating != null && !(filter.minRating >= 1 && filter.minRating <= 5))
    throw new AfterimageError('INVALID_FILTER', expected('1 to 5', 'filter.minRating', filter.minRating));
}

/** The filter for Postgres. */
export function toRowCondition(filter: AssetFilter): Prisma.AssetWhereInput {
  checkFilter(filter);
  const conditions: Prisma.AssetWhereInput[] = [{ trashedAt: filter.isTrashed ? { not: null } : null }];
  const { mimeTypes, tagsAny, tagsAll, labelsAny, orientations, states, isFavourite, minRating, text } = filter;
  if (mimeTypes) conditions.push({ mimeType: { in: [...mimeTypes] } });
  if (tagsAny) conditions.push({ tags: { hasSome: [...tagsAny] } });
  if (tagsAll) conditions.push({ tags: { hasEvery: [...tagsAll] } });
  if (labelsAny)
    conditions.push({
      labels: { some: { state: { not: 'REJECTED' }, label: { nameKey: { in: labelsAny.map(labelKey) } } } },
    });
  for (const name of RANGES) {
    const { min, max } = filter[name] ?? {};
    if (min != null) conditions.push({ [name]: { gte: min } });
    if (max != null) conditions.push({ [name]: { lte: max } });
  }
  if (orientations) conditions.push({ orientation: { in: [...orientations] } });
  if (states) conditions.push({ state: { in: [...states] } });
  if (isFavourite != null) conditions.push({ isFavourite });
  if (minRating != null) conditions.push({ rating: { gte: minRating } });
  if (text) conditions.push(textCondition(text));
  return { AND: conditions };
}

/** Prisma leaves the wildcards of LIKE in what it searches for. */
function textCondition(text: string): Prisma.AssetWhereInput {
  const contains = text.replace(/[\\%_]/g, '\\$&');
  const condition = { contains, mode: 'insensitive' } as const;
  return { OR: [{ originalName: condition }, { title: condition }] };
}

/**
 * The filter for the vector store, which knows all of it but `text`: that is looked up in Postgres first.
 * @param textMatches ids of the assets that meet `filter.text`, where it is given
 */
export function toVectorFilter(filter: AssetFilter, textMatches?: readonly string[]): Filter {
  checkFilter(filter);
  const conditions: Filter[] = [{ field: 'isTrashed', in: [filter.isTrashed ?? false] }];
  const { mimeTypes, tagsAny, tagsAll, labelsAny, orientations, states, isFavourite, minRating } = filter;
  if (mimeTypes) conditions.push({ field: 'mimeType', in: mimeTypes });
  if (tagsAny) conditions.push({ field: 'tags', hasAny: tagsAny });
  if (tagsAll) conditions.push({ field: 'tags', hasAll: tagsAll });
  if (labelsAny) conditions.push({ field: 'labels', hasAny: labelsAny.map(labelKey) });
  for (const name of RANGES) {
    const { min, max } = filter[name] ?? {};
    if (min == null && max == null) continue;
    conditions.push({
      field: name,
      ...(min == null ? {} : { gte: Number(min) }),
      ...(max == null ? {} : { lte: Number(max) }),
    });
  }
  if (orientations) conditions.push({ field: 'orientation', in: orientations });
  // Only what is READY has an embedding.
  if (states && !states.includes('READY')) conditions.push({ or: [] });
  if (isFavourite != null) conditions.push({ field: 'isFavourite', in: [isFavourite] });
  if (minRating != null) conditions.push({ field: 'rating', gte: minRating });
  if (textMatches) conditions.push({ ids: textMatches });
  return { and: conditions };
}
