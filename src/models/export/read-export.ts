import { basename } from 'node:path';
import { findEncoders, type EncoderFiles, type Encoders } from './encoders.js';
import { configSchema, familyOf, type Family } from './export-config.js';
import { ExportFolder } from './export-folder.js';
import { imageSettings, preprocessorSchema } from './image-settings.js';
import { baseLogits, type Logits } from './logits.js';
import { measureLogits, type FeedsFor, type MeasuredLogits } from './measure-logits.js';
import { OnnxGraph } from './onnx-graph.js';
import { embeddingLength, PROBE_TEXTS, probeFeeds } from './probe.js';
import { isSiglip2, textSettings, tokenizerConfigSchema, tokenizerSchema, type TextSettings } from './text-settings.js';
import { AfterimageError, expected } from '../../errors.js';
import type { ModelManifest } from '../../inference/model-manifest.js';
import { TextTokenizer } from '../../inference/tokenizer.js';
import { EXPORT_SETTINGS } from '../onnx-names.js';

/** What cannot be read from an export's files. */
export interface ExportFacts {
  readonly id: string;
  readonly languages: readonly string[];
  readonly license: string;
  readonly source: string;
  /** Prompts for zero-shot classification; those that are usual for the family by default. */
  readonly templates?: readonly string[] | undefined;
  /** What the user says, which counts more than what is found. */
  readonly logitScale?: number | undefined;
  readonly logitBias?: number | undefined;
  /** What is published of these weights. */
  readonly publishedLogits?: Logits | undefined;
}

export interface ReadExport {
  /** All of it but `files`: sizes and checksums are of the copies. */
  readonly manifest: Omit<ModelManifest, 'files'>;
  /** What the model is made of: where it is, and its name in the model's folder. */
  readonly files: readonly { readonly path: string; readonly name: string }[];
  /** Where the logit scale and bias come from, in words. */
  readonly logitsFrom: string;
}

const TEMPLATES: Readonly<Record<Family, readonly string[]>> = {
  clip: ['{}', 'a photo of a {}', 'a photo of the {}', 'a picture of a {}', '{} photo'],
  // The one of the reference implementation's pipeline.
  siglip: ['This is a photo of {}.'],
};

/**
 * Reads a hub's export: a folder with config.json, preprocessor_config.json, tokenizer.json and ONNX files in it or in
 * `onnx/`, separate (`vision_model.onnx`, `text_model.onnx`) or combined (`model.onnx`). Names of tensors and the length of
 * an embedding are the ONNX files' own; those that become encoders are opened, and the most exact ones are run once.
 *
 * @param usable paths of the ONNX files that may become encoders; all by default
 * @throws MODEL_NOT_FOUND (no folder), MODEL_INVALID naming the file that is missing, damaged or does not fit
 */
export async function readExport(path: string, facts: ExportFacts, usable?: readonly string[]): Promise<ReadExport> {
  const folder = await ExportFolder.open(path);
  const config = await folder.readJson('config.json', configSchema);
  const family = familyOf(config, folder.pathOf('config.json'));
  const preprocessor = await folder.readJson('preprocessor_config.json', preprocessorSchema);
  const settings = imageSettings(preprocessor, family, folder.pathOf('preprocessor_config.json'));
  const tokenizer = await folder.readJson('tokenizer.json', tokenizerSchema);
  const tokenizerConfig = folder.has('tokenizer_config.json')
    ? await folder.readJson('tokenizer_config.json', tokenizerConfigSchema)
    : tokenizerConfigSchema.parse({});
  const encoders = await findEncoders(folder, family, usable);
  checkSizes(folder, encoders.image, settings);

  const image = {
    file: basename(encoders.image[0].path),
    ...variants(encoders.image),
    ...encoders.image[0].image!,
    ...settings,
  };
  const { fixedLength, ...textTensors } = encoders.text[0].text!;
  const spec = fixed(textSettings(config, tokenizer, tokenizerConfig, family), fixedLength);
  const text = {
    file: basename(encoders.text[0].path),
    ...variants(encoders.text),
    tokenizer: 'tokenizer.json',
    ...textTensors,
    ...spec,
  };
  const { dimension, measured } = await probe(folder, encoders, { image, text }, family, config.text_config.vocab_size);
  const base = baseLogits(family, isSiglip2(config, tokenizerConfig));
  const [logits, logitsFrom] = chooseLogits(facts, base, measured);
  return {
    manifest: {
      id: facts.id,
      languages: [...facts.languages],
      license: facts.license,
      source: facts.source,
      dimension,
      image,
      text,
      logitScale: logits.scale,
      logitBias: logits.bias,
      activation: family === 'siglip' ? 'sigmoid' : 'softmax',
      templates: [...(facts.templates ?? TEMPLATES[family])],
    },
    files: filesOf(folder, encoders),
    logitsFrom,
  };
}

/** A graph that takes one length only is padded to it. */
function fixed(settings: TextSettings, length: number | undefined): TextSettings {
  return length === undefined ? settings : { ...settings, contextLength: length, padding: 'contextLength' };
}

function variants(files: EncoderFiles): Pick<ModelManifest['image'], 'variants'> {
  if (files.length === 1) return {};
  return { variants: Object.fromEntries(files.map(({ dtype, path }) => [dtype, basename(path)])) };
}

function checkSizes(
  folder: ExportFolder,
  files: EncoderFiles,
  { width, height }: Pick<ModelManifest['image'], 'width' | 'height'>,
): void {
  for (const { path, fixedSize } of files) {
    if (!fixedSize || (fixedSize[0] === height && fixedSize[1] === width)) continue;
    const received = `${width} x ${height} in preprocessor_config.json`;
    throw new AfterimageError(
      'MODEL_INVALID',
      expected(`${fixedSize[1]} x ${fixedSize[0]}`, folder.pathOf(path), received),
    );
  }
}

async function probe(
  folder: ExportFolder,
  encoders: Encoders,
  { image, text }: Pick<ModelManifest, 'image' | 'text'>,
  family: Family,
  vocabularySize = Infinity,
): Promise<{ dimension: number; measured: MeasuredLogits }> {
  const tokenizerFile = folder.pathOf('tokenizer.json');
  const tokenizer = await TextTokenizer.load(tokenizerFile, text);
  const highest = tokenizer.tokenize(PROBE_TEXTS).inputIds.reduce((most, id) => Math.max(most, Number(id)), 0);
  if (highest >= vocabularySize)
    throw new AfterimageError('MODEL_INVALID', expected(`token ids below ${vocabularySize}`, tokenizerFile, highest));
  const feedsFor: FeedsFor = (graph) => probeFeeds(graph, image, tokenizer);
  const lengthOf = (path: string, output: string) =>
    OnnxGraph.use(folder.pathOf(path), async (graph) => {
      const { [output]: tensor } = await graph.run(feedsFor(graph), [output]);
      return embeddingLength(graph.path, output, tensor!);
    });

  const [imagePath, textPath] = [encoders.image[0].path, encoders.text[0].path];
  const [imageLength, textLength] = [await lengthOf(imagePath, image.output), await lengthOf(textPath, text.output)];
  if (imageLength !== textLength)
    throw new AfterimageError(
      'MODEL_INVALID',
      expected(`embeddings of ${imageLength}, as of pictures`, folder.pathOf(textPath), textLength),
    );
  return { dimension: imageLength, measured: await measureLogits(folder, encoders, family, feedsFor) };
}

/** Whether they need not be measured. */
export function areLogitsKnown({ logitScale, logitBias, publishedLogits }: Partial<ExportFacts>): boolean {
  return publishedLogits !== undefined || (logitScale !== undefined && logitBias !== undefined);
}

function chooseLogits(
  { logitScale, logitBias, publishedLogits }: ExportFacts,
  base: ReturnType<typeof baseLogits>,
  { logits: measured, fault }: MeasuredLogits,
): [Logits, from: string] {
  const reason = fault === undefined ? 'this export does not hold its own' : `its own could not be measured (${fault})`;
  const found: readonly [Logits, string] = measured
    ? [measured, 'measured from the logits of the combined model']
    : publishedLogits
      ? [publishedLogits, 'read from the published weights']
      : [
          base.logits,
          `those of the ${base.name} base models, because ${reason}: ` +
            'probabilities depend on them, scores do not; set them with --logit-scale and --logit-bias',
        ];
  if (logitScale === undefined && logitBias === undefined) return [found[0], found[1]];
  const given = { scale: logitScale ?? found[0].scale, bias: logitBias ?? found[0].bias };
  if (logitScale !== undefined && logitBias !== undefined) return [given, 'as given'];
  return [given, `${logitScale === undefined ? 'the bias' : 'the scale'} as given, the other ${found[1]}`];
}

/** The settings too: the model's folder is then an export itself, which files can be put into. */
function filesOf(folder: ExportFolder, { image, text }: Encoders): ReadExport['files'] {
  const paths = new Set([...image, ...text].flatMap(({ path, externalData }) => [path, ...externalData]));
  for (const name of EXPORT_SETTINGS) if (folder.has(name)) paths.add(name);
  return [...paths].map((path) => ({ path: folder.pathOf(path), name: basename(path) }));
}
