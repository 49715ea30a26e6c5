import { z } from 'zod';
import { formatCsv, parseCsv, SEPARATORS, type CsvRow } from './csv.js';
import { parentIdOf, requireAbove } from './label-parents.js';
import { inPlace, placeIn, toStoredFields, toStoredName, type LabelFields } from './label-rows.js';
import { repeated } from './label-rules.js';
import type { LabelSetFields, LabelSetWithLabels } from './label-sets.service.js';
import { MAX_LABELS } from '../assets/label-name.js';
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
  if (content.length > MAX_LENGTH) throw invalid(`at most ${MAX_LENGTH} characters`, 'content', content);
  const rows = format === 'CSV' ? rowsOf(content) : undefined;
  const checked = rows ? check(setSchema, { labels: rows.map(({ label }) => label) }) : checkJson(setSchema, content);
  if (checked.problems !== undefined)
    throw new AfterimageError('LABEL_SET_INVALID', `expected a label set, received ${checked.problems}`);
  requireFew(checked.data.labels);
  checkEach(checked.data.labels, (index) => (rows ? `line ${rows[index]!.line}` : undefined));
  return checked.data;
}

/** Before each is looked at: a file of hundreds of thousands would keep everybody waiting. @throws LABEL_SET_INVALID */
function requireFew({ length }: readonly unknown[]): void {
  if (length > MAX_LABELS) throw invalid(`at most ${MAX_LABELS}`, 'labels', length);
}

/** @throws LABEL_SET_INVALID which says where, instead of what is said to who makes a label without a file */
function checkEach(labels: readonly LabelFields[], placeOf: (index: number) => string | undefined): void {
  const inEach = <T>(read: (label: LabelFields, index: number) => T): T[] =>
    labels.map((label, index) =>
      inPlace(placeOf(index) ?? placeIn(index, label), () => read(label, index), 'LABEL_SET_INVALID'),
    );
  const keys = new Map<string, string>();
  const named = inEach((label) => {
    const { name, nameKey: id } = toStoredName(label.name);
    toStoredFields(label);
    if (keys.has(id)) throw repeated('labels', label.name);
    keys.set(id, id);
    return { id, name };
  });
  const parents = inEach(({ parent = null }, index) => parentIdOf(named[index]!, parent, keys));
  const parentIds = new Map(named.map(({ id }, index) => [id, parents[index]!]));
  inEach(({ parent = null }, index) => requireAbove(named[index]!, parent, parentIds));
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

/** @returns the labels, each with the line that it begins in */
function rowsOf(content: string): { readonly line: number; readonly label: object }[] {
  const { separator, rows } = parseCsv(content);
  const [header = { line: 1, cells: [] }, ...labels] = rows;
  const columns = toColumns(header);
  requireFew(labels);
  return labels.map(({ line, cells }) => {
    if (cells.slice(columns.length).some((cell) => cell !== ''))
      throw invalid(`${columns.length} cells`, `line ${line}`, cells.length);
    const fields = columns.map((column, at) => [column, fromCell(column, cells[at] ?? '', { line, separator })]);
    return { line, label: Object.fromEntries(fields) as object };
  });
}

/** A spreadsheet may leave empty columns behind the last one. */
function toColumns({ line, cells }: CsvRow): Column[] {
  const names = cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1).map((cell) => cell.trim());
  const columns = names.map((name) => COLUMNS.find((column) => column.toLowerCase() === name.toLowerCase()));
  const unknown = columns.indexOf(undefined);
  if (unknown !== -1 || !columns.includes('name')) {
    const what = `a header with name and any of ${COLUMNS.join(', ')}, parted by ${SEPARATORS},`;
    throw invalid(what, `line ${line}`, names[unknown] ?? names.join(', '));
  }
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice !== undefined) throw invalid('each column once', `line ${line}`, twice);
  return columns as Column[];
}

function fromCell(column: Column, cell: string, { line, separator }: { line: number; separator: string }): unknown {
  const value = cell.trim();
  if (column === 'synonyms' || column === 'prompts' || column === 'negativePrompts')
    return value === '' ? [] : value.split(/\r\n?|\n/);
  if (column === 'name') return value;
  if (value === '') return null;
  if (column !== 'threshold') return value;
  // Who writes a comma in numbers has another one between cells.
  const threshold = Number(separator === ',' ? value : value.replace(',', '.'));
  if (!Number.isFinite(threshold)) throw invalid('a number', `threshold in line ${line}`, value);
  return threshold;
}

function invalid(what: string, name: string, received: unknown): AfterimageError {
  return new AfterimageError('LABEL_SET_INVALID', expected(what, name, received));
}
