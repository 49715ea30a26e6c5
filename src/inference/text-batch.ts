import type { TextTokenizer, TokenBatch } from './tokenizer.js';
import { dotProduct, l2Normalise } from './vectors.js';

/** More texts of a run are hardly faster, and a search would wait longer for those before it. */
export const MAX_TEXT_BATCH = 8;
/** The longer one is padded for the shorter one. */
const TRIAL = ['a', 'boats at sunset'];
const EQUAL = 1 - 1e-6;

/**
 * Finds out by a trial how many texts may be encoded in one run. With weights that are quantised dynamically an answer
 * depends on what else is in the run, and on how it was padded: then one.
 *
 * @param encode runs the encoder, with an embedding a text
 */
export async function textBatchSize(
  tokenizer: TextTokenizer,
  encode: (tokens: TokenBatch) => Promise<readonly Float32Array[]>,
): Promise<number> {
  const normalised = async (texts: readonly string[]) => (await encode(tokenizer.tokenize(texts))).map(l2Normalise);
  const together = await normalised(TRIAL);
  for (const [index, text] of TRIAL.entries()) {
    const [alone] = await normalised([text]);
    if (dotProduct(alone!, together[index]!) < EQUAL) return 1;
  }
  return MAX_TEXT_BATCH;
}
