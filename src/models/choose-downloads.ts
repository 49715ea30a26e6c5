import type { HubFile, HubListing } from './hub/hub-listing.js';
import { EXPORT_SETTINGS, findOnnxFiles, isExternalDataOf, type OnnxContent, type OnnxName } from './onnx-names.js';
import { AfterimageError } from '../errors.js';
import { DTYPES, type Dtype } from '../inference/model-manifest.js';

export interface Downloads {
  readonly files: readonly HubFile[];
  /** Paths of the ONNX files among them that may become encoders; another one is there for its logits. */
  readonly encoders: readonly string[];
}

/**
 * The settings, and for each encoder the ONNX files of the wanted kinds with the weights beside them. Small files come
 * first: what is wrong with a repository shows before the large ones have been downloaded.
 * @param needsLogits whether a file that computes logits is wanted too, where the encoders are separate
 * @throws MODEL_INVALID saying what the repository lacks
 */
export function chooseDownloads(
  { repository, files }: HubListing,
  dtypes: readonly Dtype[],
  needsLogits: boolean,
): Downloads {
  const settings = files.filter(({ path }) => (EXPORT_SETTINGS as readonly string[]).includes(path));
  const lost = EXPORT_SETTINGS.find(
    (name) => name !== 'tokenizer_config.json' && !settings.some(({ path }) => path === name),
  );
  if (lost !== undefined)
    throw new AfterimageError('MODEL_INVALID', `expected a ${lost} in ${repository}, received a repository without`);
  const names = findOnnxFiles(files.map(({ path }) => path));
  const encoders = chooseEncoders(names, dtypes);
  if (encoders.length === 0) {
    const found = [...new Set(names.map(({ dtype }) => dtype))].join(', ') || 'none';
    const wanted = dtypes.join(', ');
    throw new AfterimageError('MODEL_INVALID', `expected ONNX files of ${wanted} in ${repository}, received ${found}`);
  }
  const areSeparate = encoders.every(({ content }) => content !== 'both');
  const onnx = needsLogits && areSeparate ? [...encoders, ...smallestWithLogits(names, dtypes)] : encoders;
  const isNeeded = ({ path }: HubFile) => onnx.some((each) => each.path === path || isExternalDataOf(path, each.path));
  return { files: [...settings, ...files.filter(isNeeded)], encoders: encoders.map(({ path }) => path) };
}

/** Separate encoders where both are there, the combined one otherwise. */
function chooseEncoders(names: readonly OnnxName[], dtypes: readonly Dtype[]): OnnxName[] {
  const of = (content: OnnxContent) => names.filter((name) => name.content === content && dtypes.includes(name.dtype));
  const [image, text] = [of('image'), of('text')];
  return image.length > 0 && text.length > 0 ? [...image, ...text] : of('both');
}

/**
 * A combined file as large as both encoders together is much for two numbers, which are not quantised. Of 8 bits only where
 * such files are wanted anyway: the runtime does not compute all of them.
 */
function smallestWithLogits(names: readonly OnnxName[], dtypes: readonly Dtype[]): OnnxName[] {
  const usable = new Set<Dtype>([...dtypes, 'fp16', 'fp32']);
  const combined = names.filter(({ content, dtype }) => content === 'both' && usable.has(dtype));
  return combined.sort((a, b) => DTYPES.indexOf(b.dtype) - DTYPES.indexOf(a.dtype)).slice(0, 1);
}
