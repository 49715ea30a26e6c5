import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import type { ModelManifest } from './model-manifest.js';
import { unusableFile } from './unusable-file.js';

/** N texts as int64 [N, length], row after row; the mask is 1 for a token and 0 for padding. */
export interface TokenBatch {
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
  readonly length: number;
}

/** Some of many texts, by their places among them. */
export interface TokenGroup {
  readonly places: readonly number[];
  readonly tokens: TokenBatch;
}

/** How much longer than its shortest the longest of a group may be: what is padded is computed for nothing. */
const MAX_PADDING = 1.25;

/** Turns texts into token ids as the Hugging Face `tokenizers` library does for the same tokenizer.json. */
export class TextTokenizer {
  /** One more than the largest id that it may give. */
  readonly vocabularySize: number;
  readonly #tokenizer: Tokenizer;
  readonly #prefix: readonly number[];
  readonly #suffix: readonly number[];

  constructor(
    tokenizerJson: object,
    private readonly spec: Pick<ModelManifest['text'], 'contextLength' | 'padding' | 'padId' | 'lowercase'>,
    readonly path: string,
  ) {
    this.#tokenizer = new Tokenizer(tokenizerJson, {});
    // The library does not truncate. Knowing what it puts around a text, we cut the text and keep the special tokens.
    const framed: number[] = this.#tokenizer.encode('a').ids;
    const bare: number[] = this.#tokenizer.encode('a', { add_special_tokens: false }).ids;
    const start = framed.findIndex((_, index) => bare.every((id, offset) => framed[index + offset] === id));
    this.#prefix = framed.slice(0, start);
    this.#suffix = framed.slice(start + bare.length);
    let largest = 0;
    for (const id of this.#tokenizer.get_vocab().values()) largest = Math.max(largest, id);
    this.vocabularySize = largest + 1;
  }

  /** @throws MODEL_NOT_FOUND when there is no such file, MODEL_INVALID when it is not a tokenizer.json that the library understands */
  static async load(path: string, spec: ModelManifest['text']): Promise<TextTokenizer> {
    try {
      return new TextTokenizer(JSON.parse(await readFile(path, 'utf8')) as object, spec, path);
    } catch (cause) {
      throw await unusableFile(path, 'a tokenizer.json', cause);
    }
  }

  tokenize(texts: readonly string[]): TokenBatch {
    return this.#batch(texts.map((text) => this.#encode(text)));
  }

  /** All of them, in groups of texts of about the same length. @param maxTexts the most texts of a group */
  groups(texts: readonly string[], maxTexts: number): TokenGroup[] {
    const rows = texts.map((text, place) => ({ place, ids: this.#encode(text) }));
    rows.sort((a, b) => a.ids.length - b.ids.length);
    const groups: (typeof rows)[] = [];
    for (const row of rows) {
      const group = groups.at(-1);
      const isFull = !group || group.length >= maxTexts || row.ids.length > group[0]!.ids.length * MAX_PADDING;
      if (isFull) groups.push([row]);
      else group.push(row);
    }
    return groups.map((group) => ({
      places: group.map(({ place }) => place),
      tokens: this.#batch(group.map(({ ids }) => ids)),
    }));
  }

  /** A text of this one token, framed and padded as texts are; no id is too large. */
  tokensOf(id: number): TokenBatch {
    return this.#batch([[...this.#prefix, id, ...this.#suffix]]);
  }

  #batch(rows: readonly number[][]): TokenBatch {
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
    const { ids }: { ids: number[] } = this.#tokenizer.encode(this.spec.lowercase ? text.toLowerCase() : text, {
      add_special_tokens: false,
    });
    const room = this.spec.contextLength - this.#prefix.length - this.#suffix.length;
    return [...this.#prefix, ...ids.slice(0, room), ...this.#suffix];
  }
}
