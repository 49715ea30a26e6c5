import { z } from 'zod';
import { AfterimageError, expected } from '../../errors.js';

const size = z.int().positive();

/** Of a config.json, what depends on the model and is in no other file. The rest describes how it was trained. */
export const configSchema = z.object({
  model_type: z.string(),
  text_config: z
    .object({
      max_position_embeddings: size.optional(),
      vocab_size: size.optional(),
      pad_token_id: z.int().nonnegative().nullish(),
    })
    .default({}),
});

export type ExportConfig = z.output<typeof configSchema>;

/** CLIP and OpenCLIP are trained with a softmax over texts; SigLIP and SigLIP 2 with a sigmoid for each pair. */
export type Family = 'clip' | 'siglip';

/** @throws MODEL_INVALID for a model of another kind */
export function familyOf({ model_type: type }: ExportConfig, source: string): Family {
  if (/^siglip2?$/.test(type)) return 'siglip';
  if (type === 'clip' || type === 'chinese_clip' || type === 'metaclip_2') return 'clip';
  throw new AfterimageError('MODEL_INVALID', expected('clip, siglip or siglip2', `model_type in ${source}`, type));
}
