import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readFileSync } from 'node:fs';

/**
 * A folder as a hub lays it out, made of links to a model's own files, so that another library loads the very same ones.
 * @returns {Promise<{ parent: string, name: string, remove(): Promise<void> }>}
 */
export async function hubLayout({ manifest, folder, files }) {
  const parent = await mkdtemp(join(tmpdir(), 'afterimage-hub-'));
  const name = 'model';
  const target = join(parent, name);
  const { image, text, activation } = manifest;
  const link = async (from, to) => {
    await mkdir(dirname(join(target, to)), { recursive: true });
    await symlink(from, join(target, to));
  };
  await link(files.tokenizer, 'tokenizer.json');
  await link(files.image, 'onnx/vision_model.onnx');
  await link(files.text, 'onnx/text_model.onnx');
  for (const { name: file } of manifest.files)
    if (file.endsWith('data')) await link(join(folder, file), join('onnx', file.split('/').at(-1)));

  const isCrop = image.resize === 'crop';
  const { width, height, shortestEdge = Math.max(width, height) } = image;
  const padToken = tokenOf(files.tokenizer, text.padId);
  const json = {
    'config.json': { model_type: activation === 'sigmoid' ? 'siglip' : 'clip' },
    'preprocessor_config.json': {
      image_processor_type: 'CLIPImageProcessor',
      do_resize: true,
      size: isCrop ? { shortest_edge: shortestEdge } : { width, height },
      resample: image.interpolation === 'bicubic' ? 3 : 2,
      do_center_crop: isCrop,
      crop_size: { width, height },
      do_rescale: true,
      do_normalize: true,
      do_convert_rgb: true,
      image_mean: image.mean,
      image_std: image.std,
    },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      model_max_length: text.contextLength,
      pad_token: padToken,
    },
  };
  for (const [file, content] of Object.entries(json)) await writeFile(join(target, file), JSON.stringify(content));
  return { parent, name, remove: () => rm(parent, { recursive: true, force: true }) };
}

function tokenOf(path, id) {
  const { model, added_tokens: added } = JSON.parse(readFileSync(path, 'utf8'));
  const found = added.find((token) => token.id === id)?.content;
  if (found !== undefined) return found;
  return Array.isArray(model.vocab)
    ? model.vocab[id][0]
    : Object.keys(model.vocab).find((token) => model.vocab[token] === id);
}
