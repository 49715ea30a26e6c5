import type { AssetConditions, ConditionName, Range } from './asset-filter.js';
import { check, checkDates, checkList, checkNumbers, checkText, checkTexts } from './asset-filter.rules.js';
import type { ASSET_PAYLOAD } from './asset-payload.js';
import { labelKey } from './label-name.js';
import { Prisma } from '../database/database.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** Ids of labels by the keys of their names, of those that there are. */
export type LabelIds = ReadonlyMap<string, string>;

/** One condition of a filter, in every form that it is needed in. */
export interface Condition<Value> {
  /** @throws INVALID_FILTER for what no asset could ever meet by mistake, or what would be too much */
  readonly check: (value: Value, path: string) => void;
  /** On the columns of the table "asset". Null counts as not met. */
  readonly rows: (value: Value, labels: LabelIds) => Prisma.Sql;
  /** Null where the vector store does not know enough: then the assets are looked up in Postgres. */
  readonly points: ((value: Value) => Filter) | null;
  /** The labels that it names: Postgres knows how common each id of a label is, but not each name. */
  readonly labels?: (value: Value) => readonly string[];
}

type Field = keyof typeof ASSET_PAYLOAD;

/** Every condition. A new one is a line here, one in `AssetConditions` and one in the schema. */
export const CONDITIONS: { readonly [Name in ConditionName]-?: Condition<NonNullable<AssetConditions[Name]>> } = {
  mimeTypes: {
    check: checkTexts,
    rows: (types) => Prisma.sql`asset.mime_type = ANY (${[...types]}::text[])`,
    points: (types) => ({ field: 'mimeType', in: types }),
  },
  tagsAny: {
    check: checkTexts,
    rows: (tags) => Prisma.sql`asset.tags && ${[...tags]}::text[]`,
    points: (tags) => ({ field: 'tags', hasAny: tags }),
  },
  tagsAll: {
    check: checkTexts,
    rows: (tags) => Prisma.sql`asset.tags @> ${[...tags]}::text[]`,
    points: (tags) => ({ field: 'tags', hasAll: tags }),
  },
  labelsAny: {
    check: checkTexts,
    rows: (names, labels) => Prisma.sql`asset.id IN (SELECT asset_id FROM asset_label
      WHERE label_id = ANY (${idsOf(names, labels)}::uuid[]) AND state <> 'REJECTED')`,
    points: (names) => ({ field: 'labels', hasAny: names.map(labelKey) }),
    labels: (names) => names,
  },
  uploadedAt: dates('uploaded_at', 'uploadedAt'),
  capturedAt: dates('captured_at', 'capturedAt'),
  byteSize: integers('byte_size', 'byteSize'),
  width: integers('width', 'width'),
  height: integers('height', 'height'),
  orientations: {
    check: checkList,
    rows: (orientations) => Prisma.sql`asset.orientation = ANY (${[...orientations]}::orientation[])`,
    points: (orientations) => ({ field: 'orientation', in: orientations }),
  },
  states: {
    check: checkList,
    rows: (states) => Prisma.sql`asset.state = ANY (${[...states]}::asset_state[])`,
    // Only what is READY has an embedding.
    points: (states) => (states.includes('READY') ? { and: [] } : { or: [] }),
  },
  isFavourite: {
    check: () => undefined,
    rows: (isFavourite) => Prisma.sql`asset.is_favourite = ${isFavourite}`,
    points: (isFavourite) => ({ field: 'isFavourite', in: [isFavourite] }),
  },
  minRating: {
    check: (rating, path) => check(rating >= 1 && rating <= 5, '1 to 5', path, rating),
    rows: (rating) => Prisma.sql`asset.rating >= ${rating}`,
    points: (rating) => ({ field: 'rating', gte: rating }),
  },
  text: {
    check: checkText,
    rows: (text) => {
      const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
      return Prisma.sql`(asset.original_name ILIKE ${pattern} OR asset.title ILIKE ${pattern})`;
    },
    points: null,
  },
};

function dates(column: string, field: Field): Condition<Range<Date>> {
  return {
    check: checkDates,
    rows: (range) => within(column, range, (date) => Prisma.sql`${date}::timestamptz`),
    points: ({ min, max }) => between(field, { min: min?.getTime(), max: max?.getTime() }),
  };
}

/** A bound may be beyond what the column holds. */
function integers(column: string, field: Field): Condition<Range<number>> {
  return {
    check: checkNumbers,
    rows: (range) => within(column, range, (bound) => Prisma.sql`${BigInt(bound)}::bigint`),
    points: (range) => between(field, range),
  };
}

function within<Bound>(column: string, { min, max }: Range<Bound>, toSql: (bound: Bound) => Prisma.Sql): Prisma.Sql {
  const value = Prisma.raw(`asset.${column}`);
  const ends = [Prisma.sql`true`];
  if (min != null) ends.push(Prisma.sql`${value} >= ${toSql(min)}`);
  if (max != null) ends.push(Prisma.sql`${value} <= ${toSql(max)}`);
  return Prisma.sql`(${Prisma.join(ends, ' AND ')})`;
}

function between(field: Field, { min, max }: Range<number>): Filter {
  if (min == null && max == null) return { and: [] };
  return { field, ...(min != null && { gte: min }), ...(max != null && { lte: max }) };
}

function idsOf(names: readonly string[], labels: LabelIds): string[] {
  return names.flatMap((name) => labels.get(labelKey(name)) ?? []);
}

/** A condition that is given, with what is given. */
export interface GivenCondition {
  readonly name: ConditionName;
  readonly value: unknown;
  readonly condition: Condition<unknown>;
}

/** An empty text is none. */
export function givenConditions(filter: AssetConditions): GivenCondition[] {
  return Object.entries(CONDITIONS).flatMap(([key, condition]) => {
    const name = key as ConditionName;
    const value = filter[name];
    return value == null || value === '' ? [] : { name, value, condition: condition as Condition<unknown> };
  });
}
