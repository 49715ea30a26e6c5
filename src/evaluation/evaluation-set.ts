import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AfterimageError, expected } from '../errors.js';
import { isWithin } from '../is-within.js';
import { checkJson } from '../parse-json.js';

const text = z.string().min(1);

/** A line of captions.jsonl: texts of which each describes this picture and no other. */
const captionSchema = z.object({ file: text, captions: z.array(text).min(1) });
/** A line of labels.jsonl: what the picture shows, and the set of labels among which that is to be found. */
const labelSchema = z.object({ file: text, labels: z.array(text).min(1), set: text.default('labels') });

export type CaptionedPicture = z.infer<typeof captionSchema>;
export type LabelledPicture = z.infer<typeof labelSchema>;

export interface EvaluationSet {
  /** Absolute. */
  readonly folder: string;
  readonly captions: readonly CaptionedPicture[];
  readonly labels: readonly LabelledPicture[];
}

/**
 * Reads captions.jsonl and labels.jsonl of a folder; one of them may be missing. Paths of pictures are relative to it.
 * @throws INVALID_ARGUMENT naming the file and the line
 */
export async function readEvaluationSet(folder: string): Promise<EvaluationSet> {
  const path = resolve(folder);
  const captions = await readLines(path, 'captions.jsonl', captionSchema);
  const labels = await readLines(path, 'labels.jsonl', labelSchema);
  if (!captions && !labels)
    throw new AfterimageError('INVALID_ARGUMENT', expected('a captions.jsonl or a labels.jsonl', 'folder', path));
  return { folder: path, captions: captions ?? [], labels: labels ?? [] };
}

/** @throws INVALID_ARGUMENT for a picture that is not in the folder */
export async function pictureOf(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  if (await isWithin(folder, path).catch(() => false)) return path;
  throw new AfterimageError('INVALID_ARGUMENT', expected('a file of the folder', 'file', file));
}

async function readLines<Line>(folder: string, name: string, schema: z.ZodType<Line>): Promise<Line[] | undefined> {
  const file = join(folder, name);
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AfterimageError('INVALID_ARGUMENT', expected('a file that can be read', file, error.code), {
      cause: error,
    });
  });
  return content?.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const checked = checkJson(schema, line);
    if (checked.problems === undefined) return [checked.data];
    throw new AfterimageError(
      'INVALID_ARGUMENT',
      `expected a line of ${name} in ${file}:${index + 1}, received ${checked.problems}`,
    );
  });
}
