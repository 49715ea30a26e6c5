import { z } from 'zod';
import type { ExportConfig, Family } from './export-config.js';
import type { ModelManifest } from '../../inference/model-manifest.js';

const token = z.union([z.string(), z.object({ content: z.string() })]).nullish();

export const tokenizerConfigSchema = z.object({
  // Where there is no limit it is 1e30.
  model_max_length: z.number().optional(),
  pad_token: token,
  tokenizer_class: z.string().optional(),
  do_lower_case: z.boolean().optional(),
});

export const tokenizerSchema = z.object({
  normalizer: z.unknown().optional(),
  padding: z.object({ pad_id: z.int().nonnegative() }).nullish(),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
  // Of a Unigram tokenizer a list of pairs, of the others a map; only a map is looked into.
  model: z.object({ vocab: z.unknown().optional() }),
});

export type TextSettings = Pick<ModelManifest['text'], 'contextLength' | 'padding' | 'padId' | 'lowercase'>;

const CONTEXT_LENGTHS: Readonly<Record<Family, number>> = { clip: 77, siglip: 64 };

/** How texts become tokens. CLIP is padded to the longest text, SigLIP, which was trained so, to its context length. */
export function textSettings(
  config: ExportConfig,
  tokenizer: z.output<typeof tokenizerSchema>,
  tokenizerConfig: z.output<typeof tokenizerConfigSchema>,
  family: Family,
): TextSettings {
  const { text_config: text } = config;
  const positions = text.max_position_embeddings ?? CONTEXT_LENGTHS[family];
  const { model_max_length: longest = Infinity } = tokenizerConfig;
  return {
    contextLength: Math.min(positions, Math.floor(longest)),
    padding: family === 'siglip' ? 'contextLength' : 'longest',
    padId: padIdOf(tokenizer, tokenizerConfig) ?? text.pad_token_id ?? 0,
    ...(needsLowercase(config, tokenizer, tokenizerConfig, family) ? { lowercase: true } : {}),
  };
}

function padIdOf(
  { padding, added_tokens: added, model }: z.output<typeof tokenizerSchema>,
  { pad_token: pad }: z.output<typeof tokenizerConfigSchema>,
): number | undefined {
  if (padding) return padding.pad_id;
  const content = typeof pad === 'string' ? pad : pad?.content;
  if (content === undefined) return undefined;
  const known = added.find((each) => each.content === content)?.id;
  const vocab = model.vocab;
  const isMap = typeof vocab === 'object' && vocab !== null && !Array.isArray(vocab);
  const id: unknown = known ?? (isMap ? (vocab as Record<string, unknown>)[content] : undefined);
  return typeof id === 'number' ? id : undefined;
}

/** Most say in config.json that they are a SigLIP: those have Gemma's tokenizer. */
export function isSiglip2(
  { model_type: type }: ExportConfig,
  { tokenizer_class: name = '' }: z.output<typeof tokenizerConfigSchema>,
): boolean {
  return type === 'siglip2' || (type === 'siglip' && /^(Gemma|Siglip2)/.test(name));
}

/** The tokenizer of SigLIP 2 keeps capitals, and it was trained on small letters only. */
function needsLowercase(
  config: ExportConfig,
  { normalizer }: z.output<typeof tokenizerSchema>,
  tokenizerConfig: z.output<typeof tokenizerConfigSchema>,
  family: Family,
): boolean {
  if (JSON.stringify(normalizer ?? null).includes('"Lowercase"')) return false;
  return family === 'siglip' && (tokenizerConfig.do_lower_case ?? isSiglip2(config, tokenizerConfig));
}
