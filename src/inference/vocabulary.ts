import { AfterimageError, expected } from '../errors.js';
import type { OnnxSession } from './onnx-session.js';
import type { TextTokenizer, TokenBatch } from './tokenizer.js';

// Embedding tables are often padded to a round number of rows.
const MAX_UNUSED_ROWS = 1_024;
const OUT_OF_TABLE = /out of (data )?(bounds|range)/;

/**
 * Finds out by two runs whether a text encoder was made for this tokenizer's vocabulary: its largest id must be a row of
 * the embedding table, and an id far beyond it must not be. That second run fails at once, at the table. Only the runtime
 * for this processor checks ids: an accelerator's computes with whatever lies there.
 *
 * @param encode runs the encoder
 * @throws MODEL_INVALID naming both files
 */
export async function checkVocabulary(
  { path, provider }: OnnxSession,
  tokenizer: TextTokenizer,
  encode: (tokens: TokenBatch) => Promise<unknown>,
): Promise<void> {
  const { vocabularySize } = tokenizer;
  const refuse = (size: string): never => {
    const what = `a tokenizer of the vocabulary of ${path}, which has ${size}`;
    throw new AfterimageError('MODEL_INVALID', expected(what, tokenizer.path, vocabularySize));
  };
  const isInTable = async (id: number): Promise<boolean> => {
    try {
      await encode(tokenizer.tokensOf(id));
      return true;
    } catch (error) {
      if (OUT_OF_TABLE.test(String((error as Error).cause))) return false;
      const message = `expected a text encoder in ${path}, received one that fails: ${(error as Error).message}`;
      throw new AfterimageError('MODEL_INVALID', message, { cause: error });
    }
  };
  if (!(await isInTable(vocabularySize - 1))) refuse('fewer tokens');
  if (provider === 'cpu' && (await isInTable(vocabularySize - 1 + MAX_UNUSED_ROWS))) refuse('many more tokens');
}
