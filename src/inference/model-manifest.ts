import { z } from 'zod';
import { parseModelJson } from './model-json.js';

/** What the weights of a file are held in: the suffixes of a hub's exports (`vision_model_fp16.onnx`), fp32 without one. */
export const DTYPES = ['fp32', 'fp16', 'int8', 'uint8'] as const;

export type Dtype = (typeof DTYPES)[number];

// A model folder may come from strangers: a file of it is plain names below the folder (`onnx/text_model.onnx`), so that
// no manifest reaches outside.
const fileName = z.string().regex(/^(\w[\w.-]*\/)*\w[\w.-]*$/, 'expected the plain path of a file in the model folder');
// The name of a folder and of a collection, everywhere.
const modelId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected small letters, digits, dots, dashes and underscores');
const size = z.int().positive();
const perChannel = (value: z.ZodNumber) => z.tuple([value, value, value]);

const fileSchema = z.strictObject({
  name: fileName,
  bytes: size,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
});

/** The same encoder in several files. The one that is used unless another is chosen is among them. */
const variants = z.partialRecord(z.enum(DTYPES), fileName).optional();

const imageSchema = z.strictObject({
  /**
   * The ONNX file. One file may hold both encoders (a hub's `model.onnx`): it is then the file of `text` too, and the
   * inputs that the two name are all that it may need.
   */
  file: fileName,
  variants,
  /** Names of the ONNX tensors: in float32 [N, 3, height, width] RGB, out float32 [N, dimension]. */
  input: z.string(),
  output: z.string(),
  width: size,
  height: size,
  /** 'squash' changes the aspect ratio; 'crop' scales the shortest edge and takes the centre. */
  resize: z.enum(['squash', 'crop']),
  /** With 'crop': what the shortest edge is scaled to, at least width and height. Default the larger of the two. */
  shortestEdge: size.optional(),
  /** As Pillow defines them: reduced with anti-aliasing, the bicubic with a = -0.5. */
  interpolation: z.enum(['bicubic', 'bilinear']),
  /** Of the channels R, G, B, in units of 0..1 of the full range: pixel value = (byte / 255 - mean) / std. */
  mean: perChannel(z.number().min(0).max(1)),
  std: perChannel(z.number().positive()),
  /** What transparent pixels are laid on. */
  background: z.string().regex(/^#[0-9a-f]{6}$/i, 'expected a colour like #ffffff'),
});

const textSchema = z.strictObject({
  file: fileName,
  variants,
  /** A Hugging Face tokenizer.json. */
  tokenizer: fileName,
  /** Whether texts are put into small letters before the tokenizer (SigLIP 2, whose tokenizer.json does not). Default no. */
  lowercase: z.boolean().optional(),
  /**
   * Names of the ONNX tensors: in int64 or int32 [N, L], out as for images. A model trained without an attention mask
   * (SigLIP) has none; token type ids (BERT) are always 0.
   */
  inputs: z.strictObject({
    inputIds: z.string(),
    attentionMask: z.string().optional(),
    tokenTypeIds: z.string().optional(),
  }),
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
    id: modelId,
    /** BCP 47 tags of the languages that its texts may be in. */
    languages: z.array(z.string()).min(1),
    license: z.string(),
    /** Where the files came from, for people: a hub's repository and revision, a folder. */
    source: z.string().optional(),
    dimension: size,
    /** Every file that the model is made of, external ONNX data too. */
    files: z.array(fileSchema).min(1),
    image: imageSchema,
    text: textSchema,
    /** logit = logitScale * cosine + logitBias; the scale is stored exponentiated, not as its logarithm. */
    logitScale: z.number().positive(),
    logitBias: z.number(),
    /**
     * Cosines of ordinary pictures with everyday words: the mean, and the mean of each picture's best word. What relevance
     * is measured by; without it, by the pictures of the library.
     */
    cosineScale: z
      .strictObject({ unrelated: z.number().min(-1).max(1), related: z.number().min(-1).max(1) })
      .refine(({ unrelated, related }) => related > unrelated, 'expected related above unrelated')
      .optional(),
    /** What the model was trained with: 'softmax' over competing texts (CLIP) or a 'sigmoid' a pair (SigLIP). */
    activation: z.enum(['softmax', 'sigmoid']),
    /** Prompts for zero-shot classification; {} stands for the label. */
    templates: z.array(z.string().includes('{}')).min(1),
  })
  .superRefine((manifest, context) => {
    const report = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const names = new Set(manifest.files.map(({ name }) => name));
    const { image, text } = manifest;
    const used = [
      [['text', 'tokenizer'], text.tokenizer],
      ...encoderFiles('image', image),
      ...encoderFiles('text', text),
    ] as const;
    for (const [path, name] of used) if (!names.has(name)) report([...path], 'expected a name in files');
    for (const [part, { file, variants }] of Object.entries({ image, text }))
      if (variants && !Object.values(variants).includes(file))
        report([part, 'variants'], 'expected its file among them');
    if (image.shortestEdge === undefined) return;
    if (image.resize !== 'crop' || image.shortestEdge < Math.max(image.width, image.height))
      report(['image', 'shortestEdge'], "expected resize 'crop', and at least width and height");
  });

function encoderFiles(part: string, { file, variants = {} }: z.infer<typeof imageSchema | typeof textSchema>) {
  const others = Object.entries(variants).map(([dtype, name]) => [[part, 'variants', dtype], name] as const);
  return [[[part, 'file'], file] as const, ...others];
}

/** Whether it could be the id of a model: a plain name, which never reaches outside the folder of the models. */
export function isModelId(id: string): boolean {
  return modelId.safeParse(id).success;
}

/** What model.json says: everything that depends on the model. */
export type ModelManifest = z.infer<typeof manifestSchema>;

/**
 * @param json the text of a model.json
 * @param source how an error names it
 * @throws MODEL_INVALID naming the source and every bad or unknown field
 */
export function parseModelManifest(json: string, source: string): ModelManifest {
  return parseModelJson(json, manifestSchema, { what: 'a model manifest', source });
}
