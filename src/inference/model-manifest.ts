import { z } from 'zod';
import { AfterimageError } from '../errors.js';

// A model folder may come from strangers: a file of it is a plain name, so that no manifest reaches outside its folder.
const fileName = z.string().regex(/^\w[\w.-]*$/, 'expected the plain name of a file in the model folder');
const size = z.int().positive();
const perChannel = (value: z.ZodNumber) => z.tuple([value, value, value]);

const fileSchema = z.strictObject({
  name: fileName,
  bytes: size,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
});

const imageSchema = z.strictObject({
  file: fileName,
  /** Names of the ONNX tensors: in float32 [N, 3, height, width] RGB, out float32 [N, dimension]. */
  input: z.string(),
  output: z.string(),
  width: size,
  height: size,
  /** 'squash' changes the aspect ratio; 'crop' scales the shortest edge and takes the centre. */
  resize: z.enum(['squash', 'crop']),
  interpolation: z.enum(['bicubic', 'bilinear']),
  /** Of the channels R, G, B, in units of 0..1 of the full range: pixel value = (byte / 255 - mean) / std. */
  mean: perChannel(z.number().min(0).max(1)),
  std: perChannel(z.number().positive()),
  /** What transparent pixels are laid on. */
  background: z.string().regex(/^#[0-9a-f]{6}$/i, 'expected a colour like #ffffff'),
});

const textSchema = z.strictObject({
  file: fileName,
  /** A Hugging Face tokenizer.json. */
  tokenizer: fileName,
  /** Names of the ONNX tensors: in int64 [N, L] (a model trained without an attention mask has none), out as for images. */
  inputs: z.strictObject({ inputIds: z.string(), attentionMask: z.string().optional() }),
  output: z.string(),
  /** The most tokens of one text, special tokens included; what is over is cut off. */
  contextLength: size,
  /** Texts are padded to the longest of their batch, or (SigLIP) always to the context length. */
  padding: z.enum(['longest', 'contextLength']),
  padId: z.int().nonnegative(),
});

const manifestSchema = z
  .strictObject({
    /** Part of the name of every collection of embeddings: another id never mixes with this one. */
    id: z
      .string()
      .max(64)
      .regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected small letters, digits, dots, dashes and underscores'),
    /** BCP 47 tags of the languages that its texts may be in. */
    languages: z.array(z.string()).min(1),
    license: z.string(),
    dimension: size,
    /** Every file that the model is made of, external ONNX data too. */
    files: z.array(fileSchema).min(1),
    image: imageSchema,
    text: textSchema,
    /** logit = logitScale * cosine + logitBias; the scale is stored exponentiated, not as its logarithm. */
    logitScale: z.number().positive(),
    logitBias: z.number(),
    /** What the model was trained with: 'softmax' over competing texts (CLIP) or a 'sigmoid' a pair (SigLIP). */
    activation: z.enum(['softmax', 'sigmoid']),
    /** Prompts for zero-shot classification; {} stands for the label. */
    templates: z.array(z.string().includes('{}')).min(1),
  })
  .superRefine((manifest, context) => {
    const names = new Set(manifest.files.map(({ name }) => name));
    for (const path of [
      ['image', 'file'],
      ['text', 'file'],
      ['text', 'tokenizer'],
    ] as const) {
      const name = path[0] === 'image' ? manifest.image.file : manifest.text[path[1]];
      if (!names.has(name)) context.addIssue({ code: 'custom', path: [...path], message: 'expected a name in files' });
    }
  });

/** What model.json says: everything that depends on the model. */
export type ModelManifest = z.infer<typeof manifestSchema>;

/**
 * @param json the text of a model.json
 * @param source how an error names it
 * @throws MODEL_INVALID naming the source and every bad or unknown field
 */
export function parseModelManifest(json: string, source: string): ModelManifest {
  const parsed = manifestSchema.safeParse(parseJson(json, source));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new AfterimageError('MODEL_INVALID', `expected a model manifest in ${source}, received ${issues.join('; ')}`);
}

function parseJson(json: string, source: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new AfterimageError('MODEL_INVALID', `expected JSON in ${source}, received something else`, { cause });
  }
}
