import { dates, exists, integers, isOneOf, numbers, type Condition } from './asset-filter.condition.js';
import type { AssetConditions, ConditionName } from './asset-filter.js';
import { isLabelled, labels, labelsAll, labelsAny, labelsNone } from './asset-filter.labels.js';
import {
  check,
  checkList,
  checkRating,
  checkRatings,
  checkText,
  checkTexts,
  checkWithin,
} from './asset-filter.rules.js';
import { cleanText } from './clean-text.js';
import { cellsNear, isColour, MAX_COLOUR_DISTANCE } from './colour-cells.js';
import { boxPoints, boxRows, checkBox, checkCircle, circleRows } from './geo-area.js';
import { Prisma } from '../database/database.js';
import { isId } from '../id.js';

/** Every condition. A new one is an entry here, one in `AssetConditions` and one in the schema. */
const CONDITIONS: { readonly [Name in ConditionName]-?: Condition<NonNullable<AssetConditions[Name]>> } = {
  mimeTypes: {
    check: checkTexts,
    stored: (types) => types.map((type) => type.trim().toLowerCase()),
    rows: (types) => Prisma.sql`asset.mime_type = ANY (${[...types]}::text[])`,
    points: (types) => ({ field: 'mimeType', in: types }),
  },
  tagsAny: {
    check: checkTexts,
    stored: cleanTexts,
    rows: (tags) => Prisma.sql`asset.tags && ${[...tags]}::text[]`,
    points: (tags) => ({ field: 'tags', hasAny: tags }),
  },
  tagsAll: {
    check: checkTexts,
    stored: cleanTexts,
    rows: (tags) => Prisma.sql`asset.tags @> ${[...tags]}::text[]`,
    points: (tags) => ({ field: 'tags', hasAll: tags }),
  },
  tagsNone: {
    check: checkTexts,
    stored: cleanTexts,
    rows: (tags) => Prisma.sql`NOT asset.tags && ${[...tags]}::text[]`,
    points: (tags) => ({ not: { field: 'tags', hasAny: tags } }),
  },
  isTagged: {
    rows: (isTagged) => (isTagged ? Prisma.sql`asset.tags <> '{}'` : Prisma.sql`asset.tags = '{}'`),
    points: (isTagged) => ({ field: 'tags', isEmpty: !isTagged }),
  },
  labelsAny,
  labelsAll,
  labelsNone,
  isLabelled,
  labels,
  collections: {
    check: checkTexts,
    rows: (ids) =>
      Prisma.sql`EXISTS (SELECT FROM collection_asset WHERE asset_id = asset.id
        AND collection_id = ANY (${ids.filter(isId)}::uuid[]))`,
    points: null,
    joins: () => 1,
  },
  isInCollection: {
    rows: (isInCollection) => exists(isInCollection, Prisma.sql`FROM collection_asset WHERE asset_id = asset.id`),
    points: null,
    joins: () => 1,
  },
  uploadedAt: dates('uploaded_at', 'uploadedAt'),
  uploadedBy: {
    check: checkTexts,
    rows: (ids) => Prisma.sql`asset.uploaded_by_id = ANY (${ids.filter(isId)}::uuid[])`,
    points: (ids) => ({ field: 'uploadedBy', in: ids }),
  },
  capturedAt: dates('captured_at', 'capturedAt'),
  cameraMakes: isOneOf('camera_make', 'cameraMake'),
  cameraModels: isOneOf('camera_model', 'cameraModel'),
  lenses: isOneOf('lens', 'lens'),
  isGeotagged: {
    rows: (isGeotagged) => (isGeotagged ? Prisma.sql`asset.latitude IS NOT NULL` : Prisma.sql`asset.latitude IS NULL`),
    points: (isGeotagged) => (isGeotagged ? { field: 'latitude' } : { not: { field: 'latitude' } }),
  },
  near: { fields: ['latitude', 'longitude', 'radiusMetres'], check: checkCircle, rows: circleRows, points: null },
  box: { fields: ['south', 'west', 'north', 'east'], check: checkBox, rows: boxRows, points: boxPoints },
  byteSize: integers('byte_size', 'byteSize'),
  width: integers('width', 'width'),
  height: integers('height', 'height'),
  aspectRatio: numbers('(asset.width::float8 / asset.height)', 'aspectRatio'),
  orientations: {
    check: checkList,
    rows: (orientations) => Prisma.sql`asset.orientation = ANY (${[...orientations]}::orientation[])`,
    points: (orientations) => ({ field: 'orientation', in: orientations }),
  },
  colour: {
    fields: ['hex', 'maxDistance'],
    check: ({ hex, maxDistance }, path) => {
      check(isColour(hex), '"#rrggbb"', `${path}.hex`, hex);
      if (maxDistance != null) checkWithin(maxDistance, 0, MAX_COLOUR_DISTANCE, `${path}.maxDistance`);
    },
    rows: ({ hex, maxDistance }) =>
      Prisma.sql`colour_cells(asset.dominant_colours) && ${cellsNear(hex, maxDistance)}::text[]`,
    points: ({ hex, maxDistance }) => ({ field: 'colours', hasAny: cellsNear(hex, maxDistance) }),
  },
  states: {
    check: checkList,
    rows: (states) => Prisma.sql`asset.state = ANY (${[...states]}::asset_state[])`,
    // Only what is READY has an embedding.
    points: (states) => (states.includes('READY') ? { and: [] } : { or: [] }),
  },
  isFavourite: {
    rows: (isFavourite) => Prisma.sql`asset.is_favourite = ${isFavourite}`,
    points: (isFavourite) => ({ field: 'isFavourite', in: [isFavourite] }),
  },
  rating: { ...integers('rating', 'rating'), check: checkRatings },
  minRating: {
    check: checkRating,
    rows: (rating) => Prisma.sql`asset.rating >= ${rating}`,
    points: (rating) => ({ field: 'rating', gte: rating }),
  },
  text: {
    check: checkText,
    stored: cleanText,
    rows: (text) => {
      // Folded first: of a "％" becomes a "%".
      const pattern = Prisma.sql`'%' || regexp_replace(folded(${text}), '[\\\\%_]', '\\\\\\&', 'g') || '%'`;
      const isIn = Prisma.sql`(folded(asset.original_name) ILIKE ${pattern} OR folded(asset.title) ILIKE ${pattern})`;
      if (text.length > 2) return isIn;
      // The indexes know three characters and more. What is folded already says no in a tenth of the time.
      return Prisma.sql`(asset.id IN (SELECT asset_id FROM asset_text WHERE spelling ILIKE ${pattern}) AND ${isIn})`;
    },
    points: null,
  },
};

export const CONDITION_NAMES: readonly string[] = Object.keys(CONDITIONS);

/** A condition that is given, with what is given. */
export interface GivenCondition {
  readonly name: ConditionName;
  /** As it was sent, and as it is stored. */
  readonly given: unknown;
  readonly value: unknown;
  readonly condition: Condition<unknown>;
}

/** An empty text is none. */
export function givenConditions(filter: AssetConditions): GivenCondition[] {
  return Object.entries(CONDITIONS as Record<string, Condition<unknown>>).flatMap(([key, condition]) => {
    const name = key as ConditionName;
    const given = filter[name];
    if (given == null || given === '') return [];
    return { name, given, value: condition.stored ? condition.stored(given) : given, condition };
  });
}

function cleanTexts(texts: readonly string[]): string[] {
  return texts.map(cleanText);
}
