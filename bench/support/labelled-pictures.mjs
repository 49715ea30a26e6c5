import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';

const DECODERS = 4;

/** The lines of labels.jsonl in a folder: {"file", "labels": [the true class], "set"}. */
export async function readLabels(folder) {
  if (!folder) throw new Error('expected a folder with labels.jsonl, received none');
  const lines = await readFile(join(folder, 'labels.jsonl'), 'utf8');
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Gives each picture its embedding. @param prepare makes of a path what the encoder takes */
export async function encodePictures(folder, pictures, encoder, prepare) {
  await pLimit(DECODERS).map(pictures, async (picture) => {
    picture.embedding = await encoder.encodeImage(await prepare(join(folder, picture.file)));
  });
}
