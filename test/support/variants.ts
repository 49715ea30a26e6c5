import sharp, { type Sharp } from 'sharp';
import { bytesOf } from './pictures.js';
import type { Upload } from './server.js';

/** What becomes of a picture on its way through the world, each still the same picture. */
export const VARIANTS: Readonly<Record<string, (image: Sharp, width: number, height: number) => Sharp>> = {
  resized: (image, width) => image.resize({ width: Math.round(width / 2) }).jpeg({ quality: 85 }),
  recompressed: (image) => image.jpeg({ quality: 30 }),
  cropped: (image, width, height) =>
    image
      .extract({
        left: Math.round(0.03 * width),
        top: Math.round(0.02 * height),
        width: Math.round(0.93 * width),
        height: Math.round(0.95 * height),
      })
      .jpeg({ quality: 85 }),
  recoloured: (image) => image.modulate({ hue: 25, saturation: 1.3, brightness: 1.1 }).jpeg({ quality: 85 }),
  watermarked: (image, width, height) => {
    const mark = { width: Math.round(0.3 * width), height: Math.round(0.1 * height), channels: 4 as const };
    const input = { create: { ...mark, background: { r: 255, g: 255, b: 255, alpha: 0.8 } } };
    return image
      .composite([{ input, left: Math.round(0.65 * width), top: Math.round(0.85 * height) }])
      .jpeg({ quality: 85 });
  },
};

export async function variantOf(upload: Upload, name: string): Promise<Upload> {
  const { width, height } = await sharp(upload.bytes).metadata();
  return { name: `${name}-${upload.name}`, bytes: await bytesOf(VARIANTS[name]!(sharp(upload.bytes), width, height)) };
}

/** A part of a picture, in shares of its width and height. */
export async function partOf(
  { name, bytes }: Upload,
  [left, top, right, bottom]: readonly [number, number, number, number],
): Promise<Upload> {
  const { width, height } = await sharp(bytes).metadata();
  const area = {
    left: Math.round(left * width),
    top: Math.round(top * height),
    width: Math.round((right - left) * width),
    height: Math.round((bottom - top) * height),
  };
  return {
    name: `${[left, top, right, bottom].join('-')}-${name}`,
    bytes: await bytesOf(sharp(bytes).extract(area).jpeg()),
  };
}
