import { cleanText } from './clean-text.js';
import { printableName } from './file-name.js';
import { SAYABLE_CAPTURE } from './known-capture.js';
import type { EmbeddedMetadata } from './metadata.js';
import { toStoredCapture, type SaidCapture } from './said-capture.js';
import { ending, shortened } from './short-text.js';
import { AfterimageError, expected } from '../errors.js';
import { A_VISIBLE, isVisible } from '../name.js';
import { checkStorable } from '../storable-text.js';

/** Stars. */
export const RATINGS = { min: 1, max: 5 };
/** Characters. */
export const MAX_TITLE = 500;
export const MAX_DESCRIPTION = 10_000;
/** Of each of creator, credit and copyright. */
export const MAX_RIGHTS = 500;
export const MAX_TAG = 100;
export const MAX_TAGS = 200;
const MAX_NAME = 255;
/** What is taken from the file, once, where no person has said it by then: not even that there is to be none. */
export const WORD_FIELDS = ['title', 'description', 'creator', 'credit', 'copyright', 'tags', 'rating'] as const;
/** With what is read anew whenever the file is, where no person has said it. */
export const SETTLED_FIELDS = [...WORD_FIELDS, ...SAYABLE_CAPTURE] as const;

/** What a person may say of an asset. Undefined leaves a field as it is, null or an empty text clears it. */
export interface AssetFields extends SaidCapture {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly creator?: string | null;
  readonly credit?: string | null;
  readonly copyright?: string | null;
  /** Replaces all tags. */
  readonly tags?: readonly string[] | null;
  /** Come after those that it has, or that its file says; instead of `tags`. */
  readonly addTags?: readonly string[] | null;
  readonly isFavourite?: boolean | null;
  /** 1 to 5. */
  readonly rating?: number | null;
}

/** What a person may say of several assets at once: each keeps its other tags. */
export interface SharedFields extends Omit<AssetFields, 'tags'> {
  readonly removeTags?: readonly string[] | null;
}

/**
 * What changes of an asset that is there and may lose what was said of it before: the fields as they are stored, its tags in
 * place of those that it has, and what of it is settled then.
 * @throws INVALID_ARGUMENT also for what is no text
 */
export function toChanges({ addTags, ...said }: AssetFields) {
  const { tags, ...fields } = toStoredChanges(said);
  checkEither(tags, addTags);
  const added = toGivenTags(addTags ?? [], 'addTags');
  const retag = (own: readonly string[]) => tags ?? [...new Set([...own, ...added])];
  return { fields, retag, settled: settledBy({ ...fields, tags }) };
}

/**
 * The same of several assets, which keep their other tags in their order, with new ones at the end.
 * @throws INVALID_ARGUMENT
 */
export function toSharedChanges({ addTags, removeTags, ...rest }: SharedFields) {
  const { tags: _, ...fields } = toStoredChanges(rest);
  const added = toGivenTags(addTags ?? [], 'addTags');
  const removed = new Set(toGivenTags(removeTags ?? [], 'removeTags'));
  const both = added.find((tag) => removed.has(tag));
  if (both !== undefined)
    throw new AfterimageError('INVALID_ARGUMENT', expected('no tag of removeTags', 'addTags', both));
  const retag = (own: readonly string[]) => [...new Set([...own.filter((tag) => !removed.has(tag)), ...added])];
  return { fields, retag, settled: settledBy(fields) };
}

/** Those of an asset that is not there yet. @throws INVALID_ARGUMENT */
export function toNewFields({ addTags, ...said }: AssetFields) {
  const fields = toStoredFields(said);
  checkEither(fields.tags, addTags);
  const tags = fields.tags ?? (addTags ? toTags(addTags, 'addTags') : undefined);
  return { ...fields, tags, settledFields: settledBy(fields) };
}

function toStoredChanges(fields: Omit<AssetFields, 'addTags'>) {
  const { title, description, creator, credit, copyright, tags } = fields;
  for (const [name, text] of Object.entries({ title, description, creator, credit, copyright }))
    if (text != null) checkStorable(text, name);
  for (const tag of tags ?? []) checkStorable(tag, 'tags');
  return toStoredFields(fields);
}

/**
 * The fields as they are stored: trimmed, tags without repetitions, and without what is no text.
 * @throws INVALID_ARGUMENT
 */
function toStoredFields(fields: Omit<AssetFields, 'addTags'>) {
  const { tags, isFavourite, rating } = fields;
  const { min, max } = RATINGS;
  if (rating != null && !isRating(rating))
    throw new AfterimageError('INVALID_ARGUMENT', expected(`a whole number from ${min} to ${max}`, 'rating', rating));
  return {
    title: toText(fields.title, 'title', MAX_TITLE),
    description: toText(fields.description, 'description', MAX_DESCRIPTION),
    creator: toText(fields.creator, 'creator', MAX_RIGHTS),
    credit: toText(fields.credit, 'credit', MAX_RIGHTS),
    copyright: toText(fields.copyright, 'copyright', MAX_RIGHTS),
    tags: tags === undefined ? undefined : toTags(tags ?? []),
    isFavourite: isFavourite === null ? false : isFavourite,
    rating,
    ...toStoredCapture(fields),
  };
}

function checkEither(tags: readonly string[] | undefined, addTags: readonly string[] | null | undefined): void {
  if (tags && addTags) throw new AfterimageError('INVALID_ARGUMENT', expected('none beside tags', 'addTags', addTags));
}

/** Also what is to be none. */
function settledBy(said: Partial<Record<(typeof SETTLED_FIELDS)[number], unknown>>): string[] {
  return SETTLED_FIELDS.filter((name) => said[name] !== undefined);
}

/** Undefined stays so; an empty text becomes null. @throws INVALID_ARGUMENT */
export function toDescription(description: string | null | undefined): string | null | undefined {
  if (description != null) checkStorable(description, 'description');
  return toText(description, 'description', MAX_DESCRIPTION);
}

function isRating(rating: number | null): boolean {
  return Number.isInteger(rating) && rating! >= RATINGS.min && rating! <= RATINGS.max;
}

function toText(text: string | null | undefined, name: string, maxLength: number): string | null | undefined {
  if (text == null) return text;
  const cleaned = cleanText(text);
  if (cleaned.length > maxLength)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${maxLength} characters`, name, cleaned));
  return cleaned || null;
}

/** One tag as it is stored. @throws INVALID_ARGUMENT */
export function toTag(text: string, name: string): string {
  const [tag] = toGivenTags([text], name);
  if (tag === undefined) throw new AfterimageError('INVALID_ARGUMENT', expected('a tag', name, text));
  return tag;
}

function toGivenTags(tags: readonly string[], name: string): string[] {
  for (const tag of tags) checkStorable(tag, name);
  return toTags(tags, name);
}

function toTags(tags: readonly string[], name = 'tags'): string[] {
  const cleaned = [...new Set(tags.map(cleanText))].filter((tag) => tag.length > 0);
  const long = cleaned.find((tag) => tag.length > MAX_TAG);
  if (long) throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_TAG} characters`, 'a tag', long));
  const unseen = cleaned.find((tag) => !isVisible(tag));
  if (unseen) throw new AfterimageError('INVALID_ARGUMENT', expected(A_VISIBLE, 'a tag', unseen));
  if (cleaned.length > MAX_TAGS)
    throw new AfterimageError('INVALID_ARGUMENT', expected(`at most ${MAX_TAGS} tags`, name, cleaned));
  return cleaned;
}

function toShortTag(text: string): string {
  return shortened(cleanText(text), MAX_TAG).trimEnd();
}

/** Those that can be seen, each shortened, as many as an asset may have. */
export function toFittingTags(tags: readonly string[]): string[] {
  return toTags([...new Set(tags.map(toShortTag))].filter(isVisible).slice(0, MAX_TAGS));
}

/** What a file says of itself has no caller to complain to: what does not fit is shortened or left out. */
export function toStoredMetadata(found: EmbeddedMetadata['words']) {
  const toShort = (text: string | null, maxLength: number) => text && shortened(cleanText(text), maxLength);
  return {
    title: toShort(found.title, MAX_TITLE),
    description: toShort(found.description, MAX_DESCRIPTION),
    creator: toShort(found.creator, MAX_RIGHTS),
    credit: toShort(found.credit, MAX_RIGHTS),
    copyright: toShort(found.copyright, MAX_RIGHTS),
    tags: toFittingTags(found.tags),
    rating: isRating(found.rating) ? found.rating : null,
  };
}

/**
 * The last part of a path, with U+FFFD for each control character. A backslash is of the name: uploads come without folders,
 * also those that Windows parts by it.
 */
export function toOriginalName(path: string): string {
  const last = cleanText(printableName(path.split('/').at(-1) ?? ''));
  // What names the kind of file stands at the end.
  const short = last.length > MAX_NAME ? shortened(last, MAX_NAME - 20) + ending(last, 20) : last;
  return short || 'untitled';
}
