import type { AssetState, Orientation } from '../database/generated/enums.js';

export interface Range<T> {
  readonly min?: T | null;
  readonly max?: T | null;
}

/** What can be asked of an asset. One that is not given is met by every asset. */
export interface AssetConditions {
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
}

/** Conditions that an asset must meet, all of them. */
export interface AssetFilter extends AssetConditions {
  /** Assets in the trash instead of those outside it. */
  readonly isTrashed?: boolean | null;
}

export type ConditionName = keyof AssetConditions;
