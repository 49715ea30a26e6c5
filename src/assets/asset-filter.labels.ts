import { allOf, exists, type Condition, type LabelIds } from './asset-filter.condition.js';
import type { LabelCondition } from './asset-filter.js';
import { check, checkList, checkText, checkTexts, checkWithin } from './asset-filter.rules.js';
import { labelKey } from './label-name.js';
import { Prisma } from '../database/database.js';

const MAX_LABELS = 20;
/** So many names are a join each, which Postgres begins with the rarest of; each more takes longer to plan than it saves. */
const MAX_JOINED = 3;
const SHOWN = ['SUGGESTED', 'ACCEPTED'] as const;

type Names = readonly string[];

export const labelsAny: Condition<Names> = {
  check: checkTexts,
  rows: hasOneOf,
  points: (names) => ({ field: 'labels', hasAny: names.map(labelKey) }),
  labels: (names) => names.map((name) => ({ name })),
  joins: () => 1,
};

export const labelsAll: Condition<Names> = {
  check: checkTexts,
  rows: (names, labels) => {
    const keys = keysOf(names);
    const parts = keys.slice(0, MAX_JOINED).map((key) => hasOneOf([key], labels));
    return allOf(keys.length > MAX_JOINED ? [...parts, hasAllOf(keys, labels)] : parts);
  },
  points: (names) => ({ field: 'labels', hasAll: names.map(labelKey) }),
  labels: (names) => names.map((name) => ({ name })),
  joins: (names) => Math.min(keysOf(names).length, MAX_JOINED + 1),
};

export const labelsNone: Condition<Names> = {
  check: checkTexts,
  rows: (names, labels) => Prisma.sql`NOT EXISTS (SELECT FROM asset_label WHERE asset_id = asset.id
    AND ${isOneOf(names, labels)})`,
  points: (names) => ({ not: { field: 'labels', hasAny: names.map(labelKey) } }),
  labels: (names) => names.map((name) => ({ name })),
  joins: () => 1,
};

export const isLabelled: Condition<boolean> = {
  rows: (isLabelled) =>
    exists(
      isLabelled,
      Prisma.sql`FROM asset_label JOIN label ON label.id = label_id
        WHERE asset_id = asset.id AND asset_label.state <> 'REJECTED' AND deleted_at IS NULL`,
    ),
  points: (isLabelled) => ({ field: 'labels', isEmpty: !isLabelled }),
  joins: () => 1,
};

export const labels: Condition<readonly LabelCondition[]> = {
  fields: ['name', 'labelId', 'labelSetId', 'minProbability', 'states'],
  check: (conditions, path) => {
    check(conditions.length <= MAX_LABELS, `at most ${MAX_LABELS} labels`, path, conditions);
    conditions.forEach(({ name, labelId, labelSetId, minProbability, states }, index) => {
      const given = Object.entries({ name, labelId, labelSetId }).filter(([, text]) => text != null);
      check(given.length > 0, 'a name, labelId or labelSetId', `${path}[${index}]`, undefined);
      for (const [key, text] of given) checkText(text!, `${path}[${index}].${key}`);
      if (minProbability != null) checkWithin(minProbability, 0, 1, `${path}[${index}].minProbability`);
      checkList(states ?? [], `${path}[${index}].states`);
    });
  },
  rows: (conditions, ids) =>
    allOf(
      conditions.map(({ minProbability, states, ...naming }) => {
        const parts = [
          Prisma.sql`label_id = ANY (${[...ids(naming)]}::uuid[])`,
          Prisma.sql`asset_label.state = ANY (${[...(states ?? SHOWN)]}::label_state[])`,
        ];
        if (minProbability != null)
          parts.push(Prisma.sql`coalesce(probability, CASE asset_label.state WHEN 'ACCEPTED' THEN 1 ELSE 0 END)
            >= ${minProbability}::float8`);
        return Prisma.sql`asset.id IN (SELECT asset_id FROM asset_label WHERE ${allOf(parts)})`;
      }),
    ),
  points: null,
  labels: (conditions) => conditions,
  joins: (conditions) => conditions.length,
};

function keysOf(names: Names): Names {
  return [...new Set(names.map(labelKey))];
}

function hasOneOf(names: Names, labels: LabelIds): Prisma.Sql {
  return Prisma.sql`asset.id IN (SELECT asset_id FROM asset_label WHERE ${isOneOf(names, labels)})`;
}

/** Counted, in one join however many there are. Each set may have a label of a name. */
function hasAllOf(keys: Names, labels: LabelIds): Prisma.Sql {
  return Prisma.sql`asset.id IN (
    SELECT asset_id FROM asset_label JOIN label ON label.id = label_id WHERE ${isOneOf(keys, labels)}
    GROUP BY asset_id HAVING count(DISTINCT name_key) = ${keys.length})`;
}

function isOneOf(names: Names, labels: LabelIds): Prisma.Sql {
  const ids = new Set(names.flatMap((name) => labels({ name })));
  return Prisma.sql`label_id = ANY (${[...ids]}::uuid[]) AND asset_label.state <> 'REJECTED'`;
}
