import { z } from 'zod';
import { formatCsv, parseCsv } from './csv.js';
import type { LabelFields } from './label-rows.js';
import type { LabelSetFields, LabelSetWithLabels } from './label-sets.service.js';
import { AfterimageError, expected } from '../errors.js';
import { check, checkJson } from '../parse-json.js';

export const LABEL_SET_FORMATS = ['JSON', 'CSV'] as const;
export type LabelSetFormat = (typeof LABEL_SET_FORMATS)[number];

/** A set as a file says it; CSV knows of its labels only. */
export type LabelSetFile = LabelSetFields & { readonly labels: readonly LabelFields[] };

const COLUMNS = [
  'name',
  'description',
  'synonyms',
  'parent',
  'colour',
  'threshold',
  'prompts',
  'negativePrompts',
] as const;
type Column = (typeof COLUMNS)[number];
const MAX_LENGTH = 5_000_000;

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const labelSchema = z.strictObject({
  name: z.string(),
  description: text,
  synonyms: texts,
  parent: text,
  colour: text,
  threshold: z.number().nullish(),
  prompts: texts,
  negativePrompts: texts,
} satisfies Record<Column, z.ZodType>);
const setSchema = z.strictObject({
  name: text,
  description: text,
  isExclusive: z.boolean().nullish(),
  templates: texts,
  threshold: z.number().nullish(),
  labels: z.array(labelSchema),
});

/** @throws LABEL_SET_INVALID */
export function parseLabelSet(format: LabelSetFormat, content: string): LabelSetFile {
  if (content.length > MAX_LENGTH)
    throw new AfterimageError('LABEL_SET_INVALID', expected(`at most ${MAX_LENGTH} characters`, 'content', content));
  const checked = format === 'CSV' ? check(setSchema, { labels: labelsOf(content) }) : checkJson(setSchema, content);
  if (checked.problems === undefined) return checked.data;
  throw new AfterimageError('LABEL_SET_INVALID', `expected a label set, received ${checked.problems}`);
}

/** Writes what `parseLabelSet` reads. */
export function formatLabelSet(format: LabelSetFormat, set: LabelSetWithLabels): string {
  const names = new Map(set.labels.map(({ id, name }) => [id, name]));
  const labels = set.labels.map((label) => ({
    name: label.name,
    description: label.description,
    synonyms: label.synonyms,
    parent: label.parentId === null ? null : names.get(label.parentId)!,
    colour: label.colour,
    threshold: label.threshold,
    prompts: label.prompts,
    negativePrompts: label.negativePrompts,
  }));
  if (format === 'CSV')
    return formatCsv([COLUMNS, ...labels.map((label) => COLUMNS.map((each) => toCell(label[each])))]);
  const { name, description, isExclusive, templates, threshold } = set;
  return `${JSON.stringify({ name, description, isExclusive, templates, threshold, labels }, null, 2)}\n`;
}

/** Lists are a line each within their cell: no text of a label has a line break. */
function toCell(value: string | number | readonly string[] | null): string {
  return Array.isArray(value) ? value.join('\n') : String(value ?? '');
}

function labelsOf(content: string): object[] {
  const [header = [], ...rows] = parseCsv(content);
  const columns = header.map((cell) => cell.trim());
  const unknown = columns.find((column) => !COLUMNS.includes(column as Column));
  if (unknown !== undefined || !columns.includes('name'))
    throw new AfterimageError(
      'LABEL_SET_INVALID',
      expected(`a first line with name and any of ${COLUMNS.join(', ')}`, 'content', unknown ?? columns.join(', ')),
    );
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice !== undefined)
    throw new AfterimageError('LABEL_SET_INVALID', expected('each column once', 'content', twice));
  return rows.map((row, index) => {
    if (row.length > columns.length)
      throw new AfterimageError(
        'LABEL_SET_INVALID',
        expected(`${columns.length} cells`, `label ${index + 1}`, row.length),
      );
    return Object.fromEntries(columns.map((column, at) => [column, fromCell(column as Column, row[at] ?? '')]));
  });
}

function fromCell(column: Column, cell: string): unknown {
  const value = cell.trim();
  if (column === 'synonyms' || column === 'prompts' || column === 'negativePrompts')
    return value === '' ? [] : value.split(/\r?\n/);
  if (column === 'name') return value;
  if (value === '') return null;
  // What is no number stays a text, for the schema to refuse.
  return column === 'threshold' && Number.isFinite(Number(value)) ? Number(value) : value;
}
