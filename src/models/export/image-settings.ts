import { z } from 'zod';
import type { Family } from './export-config.js';
import { AfterimageError, expected } from '../../errors.js';
import type { ModelManifest } from '../../inference/model-manifest.js';

const edge = z.int().positive();
const rectangle = z.object({ height: edge, width: edge });
const channels = z.tuple([z.number(), z.number(), z.number()]);

/** A preprocessor_config.json, by all the names that it has had over the years. */
export const preprocessorSchema = z.object({
  do_resize: z.boolean().default(true),
  do_center_crop: z.boolean().optional(),
  do_rescale: z.boolean().default(true),
  do_normalize: z.boolean().default(true),
  size: z.union([edge, rectangle, z.object({ shortest_edge: edge })]),
  crop_size: z.union([edge, rectangle]).optional(),
  resample: z.int().default(3),
  rescale_factor: z.number().default(1 / 255),
  image_mean: channels.default([0, 0, 0]),
  image_std: channels.default([1, 1, 1]),
});

export type ImageSettings = Pick<
  ModelManifest['image'],
  'width' | 'height' | 'resize' | 'shortestEdge' | 'interpolation' | 'mean' | 'std' | 'background'
>;

/** The numbers of Pillow's filters. */
const INTERPOLATIONS: Readonly<Record<number, ImageSettings['interpolation']>> = { 2: 'bilinear', 3: 'bicubic' };

/** @throws MODEL_INVALID for a way to prepare a picture that Afterimage does not have, naming the file and the field */
export function imageSettings(
  config: z.output<typeof preprocessorSchema>,
  family: Family,
  source: string,
): ImageSettings {
  const refuse = (what: string, field: string, received: unknown) =>
    new AfterimageError('MODEL_INVALID', expected(what, `${field} in ${source}`, received));
  if (!config.do_resize) throw refuse('true', 'do_resize', false);
  if (!config.do_rescale || Math.abs(config.rescale_factor * 255 - 1) > 1e-3)
    throw refuse('1/255', 'rescale_factor', config.do_rescale ? config.rescale_factor : 1);
  const interpolation = INTERPOLATIONS[config.resample];
  if (!interpolation) throw refuse('2 (bilinear) or 3 (bicubic)', 'resample', config.resample);
  const [mean, std]: ImageSettings['mean'][] = config.do_normalize
    ? [config.image_mean, config.image_std]
    : [
        [0, 0, 0],
        [1, 1, 1],
      ];
  return { ...geometry(config, family, refuse), interpolation, mean: mean!, std: std!, background: '#ffffff' };
}

function geometry(
  {
    size,
    crop_size: cropSize,
    do_center_crop: isCropped = cropSize !== undefined,
  }: z.output<typeof preprocessorSchema>,
  family: Family,
  refuse: (what: string, field: string, received: unknown) => Error,
): Pick<ImageSettings, 'width' | 'height' | 'resize' | 'shortestEdge'> {
  const crop = typeof cropSize === 'number' ? { width: cropSize, height: cropSize } : cropSize;
  // A bare number was the shortest edge for CLIP, and both edges for SigLIP.
  if (typeof size === 'object' && 'height' in size) {
    if (isCropped && crop && (crop.width !== size.width || crop.height !== size.height))
      throw refuse('a shortest_edge', 'size', 'height and width, with another crop_size');
    return { width: size.width, height: size.height, resize: 'squash' };
  }
  const shortestEdge = typeof size === 'number' ? size : size.shortest_edge;
  if (typeof size === 'number' && family === 'siglip') return { width: size, height: size, resize: 'squash' };
  if (!isCropped) throw refuse('true beside a shortest edge', 'do_center_crop', false);
  const { width, height } = crop ?? { width: shortestEdge, height: shortestEdge };
  const isLarger = shortestEdge !== Math.max(width, height);
  return { width, height, resize: 'crop', ...(isLarger ? { shortestEdge } : {}) };
}
