import { promptCount, type PromptedLabel } from './prompted-label.js';
import { labelKey, MAX_LABELS } from '../assets/label-name.js';
import { composed } from '../composed.js';
import { AfterimageError, expected } from '../errors.js';
import { groupBy } from '../group-by.js';
import { tidyName, toName } from '../name.js';
import { checkStorable } from '../storable-text.js';

export const MAX_TEMPLATES = 100;
export const MAX_SYNONYMS = 50;
const MAX_PROMPTS = 50;
/** Of all labels together: 50 of each of 1,000, which takes a processor minutes. */
export const MAX_PROMPTS_IN_ALL = 50_000;
const MAX_TEXT_LENGTH = 300;
export const MAX_DESCRIPTION_LENGTH = 2_000;

/** @throws INVALID_ARGUMENT */
export function checkLabelIds(ids: readonly string[]): void {
  if (ids.length > MAX_LABELS) throw invalid(`at most ${MAX_LABELS} ids`, 'ids', ids);
}

/** @returns the names as they are kept @throws INVALID_ARGUMENT */
function checkLabels(labels: readonly string[]): string[] {
  if (labels.length === 0 || labels.length > MAX_LABELS) throw invalid(`1 to ${MAX_LABELS} labels`, 'labels', labels);
  return labels.map((label) => toName(label, 'a label'));
}

/** As above; of names that differ by case only, the first. @throws INVALID_ARGUMENT */
export function checkLabelsOnce(labels: readonly string[]): string[] {
  return [...groupBy(checkLabels(labels), labelKey).values()].map(([first]) => first!);
}

/**
 * @param what each names, for the error, and what all do
 * @returns them as they are kept @throws INVALID_ARGUMENT
 */
export function checkLabelNames(labels: readonly string[], what: string, all: string): string[] {
  const names = labels.map((label) => toName(label, what));
  checkDistinct(names, all);
  return names;
}

/** @throws INVALID_ARGUMENT where two names differ by case only */
export function checkDistinct(names: readonly string[], all = 'labels'): void {
  const keys = new Set<string>();
  for (const name of names) {
    if (keys.has(labelKey(name))) throw repeated(all, name);
    keys.add(labelKey(name));
  }
}

export function repeated(all: string, name: string): AfterimageError {
  return invalid(`${all} that differ by more than case`, all, name);
}

/** @throws INVALID_ARGUMENT */
export function checkPromptedLabels<L extends PromptedLabel>(labels: readonly L[]): L[] {
  const names = checkLabels(labels.map(({ name }) => name));
  checkDistinct(names);
  return labels.map((label, index) => ({
    ...label,
    name: names[index]!,
    synonyms: checkSynonyms(label.synonyms),
    prompts: checkPrompts(label.prompts, 'prompts'),
    negativePrompts: checkPrompts(label.negativePrompts, 'negativePrompts'),
  }));
}

/** @throws INVALID_ARGUMENT */
export function checkSynonyms(synonyms: readonly string[] | null | undefined): string[] {
  if ((synonyms?.length ?? 0) > MAX_SYNONYMS) throw invalid(`at most ${MAX_SYNONYMS}`, 'synonyms', synonyms);
  return checkLabelNames(synonyms ?? [], 'a synonym', 'synonyms');
}

/** @throws INVALID_ARGUMENT */
export function checkPrompts(prompts: readonly string[] | null | undefined, name: string): string[] {
  if ((prompts?.length ?? 0) > MAX_PROMPTS) throw invalid(`at most ${MAX_PROMPTS}`, name, prompts);
  const texts = (prompts ?? []).map((prompt) => tidyName(checkStorable(prompt, `one of ${name}`)));
  const bad = texts.find((text) => text.length === 0 || text.length > MAX_TEXT_LENGTH);
  if (bad !== undefined) throw invalid(`1 to ${MAX_TEXT_LENGTH} characters`, `one of ${name}`, bad);
  return texts;
}

/** @param templates in force, see `promptsOf` @throws INVALID_ARGUMENT for more than 50,000 prompts in all */
export function checkPromptCount(labels: readonly PromptedLabel[], templates: readonly string[]): void {
  const count = promptCount(labels, templates.length);
  if (count > MAX_PROMPTS_IN_ALL)
    throw invalid(`at most ${MAX_PROMPTS_IN_ALL} prompts in all`, 'labels with their templates', count);
}

/** @returns null where none are given @throws INVALID_ARGUMENT */
export function checkTemplates(templates: readonly string[] | null | undefined): string[] | null {
  if (templates == null) return null;
  if (templates.length === 0 || templates.length > MAX_TEMPLATES)
    throw invalid(`1 to ${MAX_TEMPLATES} templates`, 'templates', templates);
  const texts = templates.map((template) => tidyName(checkStorable(template, 'a template')));
  const bad = texts.find((text) => !text.includes('{}') || text.length > MAX_TEXT_LENGTH);
  if (bad !== undefined)
    throw invalid(`at most ${MAX_TEXT_LENGTH} characters with {} for the label`, 'a template', bad);
  return texts;
}

/** @throws INVALID_ARGUMENT */
export function checkProbability(value: number, name: string): number {
  if (!(value >= 0 && value <= 1)) throw invalid('0 to 1', name, value);
  return value;
}

/** @throws INVALID_ARGUMENT */
export function checkTopK(topK: number | null | undefined): void {
  if (topK != null && !(topK >= 1 && topK <= MAX_LABELS + 1)) throw invalid(`1 to ${MAX_LABELS}`, 'topK', topK);
}

/** @returns in small letters; null for none @throws INVALID_ARGUMENT */
export function checkColour(colour: string | null): string | null {
  if (colour === null || colour === '') return null;
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw invalid('"#rrggbb"', 'colour', colour);
  return colour.toLowerCase();
}

/** @returns null for none @throws INVALID_ARGUMENT */
export function checkDescription(description: string | null): string | null {
  const text = composed(checkStorable(description ?? '', 'description')).trim();
  if (text.length > MAX_DESCRIPTION_LENGTH)
    throw invalid(`at most ${MAX_DESCRIPTION_LENGTH} characters`, 'description', text);
  return text || null;
}

function invalid(what: string, name: string, received: unknown): AfterimageError {
  return new AfterimageError('INVALID_ARGUMENT', expected(what, name, received));
}
