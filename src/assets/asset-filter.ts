import type { GeoBox, GeoCircle } from './geo-area.js';
import type { AssetState, LabelState, Orientation } from '../database/generated/enums.js';

/** Both ends included; either may be left open. */
export interface Range<T> {
  readonly min?: T | null;
  readonly max?: T | null;
}

/** Which labels are meant: those that all that is given fits. */
export interface LabelNaming {
  /** Whatever its case. Each set may have one of it. */
  readonly name?: string | null;
  readonly labelId?: string | null;
  readonly labelSetId?: string | null;
}

/** A label that an asset has, one of those that are meant. */
export interface LabelCondition extends LabelNaming {
  /** 0 to 1, as the model had it; what a person accepted without a model counts as 1. */
  readonly minProbability?: number | null;
  /** SUGGESTED and ACCEPTED by default. */
  readonly states?: readonly LabelState[] | null;
}

export interface ColourCondition {
  /** "#rrggbb". */
  readonly hex: string;
  /** CIE 1976 colour difference, 0 to 40; 15 by default. See `cellsNear`. */
  readonly maxDistance?: number | null;
}

/** What can be asked of an asset. One that is not given is met by every asset. */
export interface AssetConditions {
  readonly mimeTypes?: readonly string[] | null;
  readonly tagsAny?: readonly string[] | null;
  readonly tagsAll?: readonly string[] | null;
  readonly tagsNone?: readonly string[] | null;
  readonly isTagged?: boolean | null;
  /** Labels that were not rejected, here and in the three that follow. */
  readonly labelsAny?: readonly string[] | null;
  readonly labelsAll?: readonly string[] | null;
  readonly labelsNone?: readonly string[] | null;
  readonly isLabelled?: boolean | null;
  /** All of them. */
  readonly labels?: readonly LabelCondition[] | null;
  /** Ids of collections whose assets were chosen, one of them. */
  readonly collections?: readonly string[] | null;
  /** Whether it was put into any of them. */
  readonly isInCollection?: boolean | null;
  readonly uploadedAt?: Range<Date> | null;
  readonly uploadedBy?: readonly string[] | null;
  readonly capturedAt?: Range<Date> | null;
  /** Whatever their case, as are the two that follow. */
  readonly cameraMakes?: readonly string[] | null;
  readonly cameraModels?: readonly string[] | null;
  readonly lenses?: readonly string[] | null;
  readonly isGeotagged?: boolean | null;
  readonly near?: GeoCircle | null;
  readonly box?: GeoBox | null;
  readonly byteSize?: Range<number> | null;
  readonly width?: Range<number> | null;
  readonly height?: Range<number> | null;
  /** Width by height. */
  readonly aspectRatio?: Range<number> | null;
  readonly orientations?: readonly Orientation[] | null;
  readonly colour?: ColourCondition | null;
  readonly states?: readonly AssetState[] | null;
  readonly isFavourite?: boolean | null;
  readonly rating?: Range<number> | null;
  readonly minRating?: number | null;
  /** Part of the file name or the title, whatever its case. */
  readonly text?: string | null;
}

export type ConditionName = keyof AssetConditions;

/** Conditions that an asset must meet, all of them. */
export interface AssetFilter extends AssetConditions {
  /** Filters that must all be met. */
  readonly and?: readonly AssetFilter[] | null;
  /** Filters of which one must be met: of none, none is. */
  readonly or?: readonly AssetFilter[] | null;
  /** A filter that must not be met. What an asset has no value of meets no condition, and so does meet its `not`. */
  readonly not?: AssetFilter | null;
  /** Assets in the trash instead of those outside it. Of the whole filter, so it is refused inside and, or and not. */
  readonly isTrashed?: boolean | null;
}
