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

export const RANGES = ['uploadedAt', 'capturedAt', 'byteSize', 'width', 'height'] as const;
const MAX_VALUES = 200;

/** @throws INVALID_FILTER for what no asset could ever meet by mistake: a range turned round, a list too long */
export function checkFilter(filter: AssetFilter): void {
  for (const name of RANGES) {
    const { min, max } = filter[name] ?? {};
    const date = [min, max].find((value) => value instanceof Date && !isStorable(value));
    if (date)
      throw new AfterimageError('INVALID_FILTER', expected('the years 1 to 9999', `filter.${name}`, String(date)));
    if (min != null && max != null && min > max)
      throw new AfterimageError(
        'INVALID_FILTER',
        `expected min <= max for filter.${name}, received them the other way`,
      );
  }
  for (const [name, value] of Object.entries(filter)) {
    if (Array.isArray(value) && value.length > MAX_VALUES)
      throw new AfterimageError('INVALID_FILTER', expected(`at most ${MAX_VALUES} values`, `filter.${name}`, value));
    // Postgres holds no NUL in a text, and does not take one to look for either.
    if ([value].flat().some((text) => typeof text === 'string' && text.includes('\0')))
      throw new AfterimageError('INVALID_FILTER', expected('no NUL', `filter.${name}`, value));
  }
  if (filter.minRating != null && !(filter.minRating >= 1 && filter.minRating <= 5))
    throw new AfterimageError('INVALID_FILTER', expected('1 to 5', 'filter.minRating', filter.minRating));
}

/**
 * The filter for Postgres.
 * @param filter one that `checkFilter` let pass
 * @param labelIds ids of the labels of `filter.labelsAny` that there are
 */
export function toRowCondition(filter: AssetFilter, labelIds: readonly string[]): Prisma.AssetWhereInput {
  const conditions: Prisma.AssetWhereInput[] = [{ trashedAt: filter.isTrashed ? { not: null } : null }];
  const { mimeTypes, tagsAny, tagsAll, labelsAny, orientations, states, isFavourite, minRating, text } = filter;
  if (mimeTypes) conditions.push({ mimeType: { in: [...mimeTypes] } });
  if (tagsAny) conditions.push({ tags: { hasSome: [...tagsAny] } });
  if (tagsAll) conditions.push({ tags: { hasEvery: [...tagsAll] } });
  if (labelsAny) conditions.push({ labels: { some: { state: { not: 'REJECTED' }, labelId: { in: [...labelIds] } } } });
  for (const name of RANGES) {
    const { min, max } = filter[name] ?? {};
    if (min != null) conditions.push({ [name]: { gte: toColumn(name, min) } });
    if (max != null) conditions.push({ [name]: { lte: toColumn(name, max) } });
  }
  if (orientations) conditions.push({ orientation: { in: [...orientations] } });
  if (states) conditions.push({ state: { in: [...states] } });
  if (isFavourite != null) conditions.push({ isFavourite });
  if (minRating != null) conditions.push({ rating: { gte: minRating } });
  if (text) conditions.push(textCondition(text));
  return { AND: conditions };
}

/** A bound beyond what the column holds is as good as the last that it does. */
export function toColumn(name: (typeof RANGES)[number], bound: Date | number): Date | number {
  const is32Bits = name === 'width' || name === 'height';
  return is32Bits ? Math.max(-(2 ** 31), Math.min(Number(bound), 2 ** 31 - 1)) : bound;
}

/** Whether Postgres takes it as Prisma writes it: with a year of four digits, and there was no year 0. */
function isStorable(date: Date): boolean {
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
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
