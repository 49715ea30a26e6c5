import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { AfterimageError } from '../errors.js';
import type { ModelManifest } from './model-manifest.js';

/** N texts as int64 [N, length], row after row; the mask is 1 for a token and 0 for padding. */
export interface TokenBatch {
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly length: number;
}

/** Turns texts into token ids as the Hugging Face `tokenizers` library does for the same tokenizer.json. */
export class TextTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #prefix: readonly number[];
  readonly #suffix: readonly number[];

  constructor(
    tokenizerJson: object,
    private readonly spec: Pick<ModelManifest['text'], 'contextLength' | 'padding' | 'padId'>,
  ) {
    this.#tokenizer = new Tokenizer(tokenizerJson, {});
    // The library does not truncate. Knowing what it puts around a text, we cut the text and keep the special tokens.
    const framed: number[] = this.#tokenizer.encode('a').ids;
    const bare: number[] = this.#tokenizer.encode('a', { add_special_tokens: false }).ids;
    const start = framed.findIndex((_, index) => bare.every((id, offset) => framed[index + offset] === id));
    this.#prefix = framed.slice(0, start);
    this.#suffix = framed.slice(start + bare.length);
  }

  /** @throws MODEL_INVALID when the file is not a tokenizer.json that the library understands */
  static async load(path: string, spec: ModelManifest['text']): Promise<TextTokenizer> {
    try {
      return new TextTokenizer(JSON.parse(await readFile(path, 'utf8')) as object, spec);
    } catch (cause) {
      throw new AfterimageError('MODEL_INVALID', `expected a tokenizer.json in ${path}, received something else`, {
        cause,
      });
    }
  }

  tokenize(texts: readonly string[]): TokenBatch {
    const rows = texts.map((text) => this.#encode(text));
    const length =
      this.spec.padding === 'contextLength' ? this.spec.contextLength : Math.max(...rows.map((row) => row.length));
    const inputIds = new BigInt64Array(rows.length * length).fill(BigInt(this.spec.padId));
    const attentionMask = new BigInt64Array(rows.length * length);
    rows.forEach((row, index) => {
      inputIds.set(row.map(BigInt), index * length);
      attentionMask.fill(1n, index * length, index * length + row.length);
    });
    return { inputIds, attentionMask, length };
  }

  #encode(text: string): number[] {
    const { ids }: { ids: number[] } = this.#tokenizer.encode(text, { add_special_tokens: false });
    const room = this.spec.contextLength - this.#prefix.length - this.#suffix.length;
    return [...this.#prefix, ...ids.slice(0, room), ...this.#suffix];
  }
}
