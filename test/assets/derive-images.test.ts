import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveImages, derivePixels } from '#dist/assets/derive-images.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import type { LoadedModel } from '#dist/inference/model-registry.js';
import { preprocess } from '#dist/inference/preprocess.js';
import { icc, withIcc } from '../support/icc.js';
import { bytesOf } from '../support/pictures.js';
import { builtInModel, cosine, golden } from '../support/encoder.js';

const MAX_PIXELS = 200_000_000;

let model: LoadedModel;
let encoder: InferencePool;
let folder: string;

beforeAll(async () => {
  model = await builtInModel();
  encoder = new InferencePool(model, { workerCount: 2 });
  folder = await mkdtemp(join(tmpdir(), 'afterimage-derive-'));
});
afterAll(async () => {
  await encoder.close();
  await rm(folder, { recursive: true, force: true });
});

const derived = async (path: string) =>
  encoder.encodeImage((await deriveImages(path, MAX_PIXELS, [model.manifest.image])).pixels[0]!);

it('embeds the golden pictures as the reference does', async () => {
  const cosines = await Promise.all(
    golden.images.map(async ({ file, embedding }) => cosine(await derived(join('samples', file)), embedding)),
  );
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.985);
  expect(cosines.reduce((sum, value) => sum + value) / cosines.length).toBeGreaterThanOrEqual(0.993);
});

it('embeds a picture of 12 megapixels as if it had been decoded whole', async () => {
  const cosines = await Promise.all(
    ['boats-at-sunset.jpg', 'retina-scan.jpg', 'harbour-boats.jpg', 'acanthus-plant.jpg'].map(async (file) => {
      const path = join(folder, file);
      await sharp(join('samples', file)).resize(4_000, 3_000, { fit: 'fill' }).jpeg({ quality: 90 }).toFile(path);
      const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
      const pixels = await preprocess(
        sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }),
        model.manifest.image,
      );
      return cosine(await derived(path), await encoder.encodeImage(pixels));
    }),
  );
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.985);
});

it('gives a picture that is asked about the very pixels of an asset', async () => {
  const path = join('samples', 'harbour-boats.jpg');
  const [pixels] = (await deriveImages(path, MAX_PIXELS, [model.manifest.image])).pixels;
  expect(await derivePixels(path, MAX_PIXELS, model.manifest.image)).toEqual(pixels);
});

it('gives the encoder what is white on nothing as something that is seen, in a question too', async () => {
  const path = join(folder, 'logo.png');
  const logo = { create: { width: 40, height: 30, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } } };
  const white = { create: { width: 20, height: 15, channels: 3 as const, background: '#fff' } };
  await sharp(logo)
    .composite([{ input: white }])
    .png()
    .toFile(path);
  const [pixels] = (await deriveImages(path, MAX_PIXELS, [model.manifest.image])).pixels;
  expect(new Set(pixels!.data).size).toBeGreaterThan(1);
  expect(await derivePixels(path, MAX_PIXELS, model.manifest.image)).toEqual(pixels);
});

const COLOURS = ['#dc1e1e', '#1ea028', '#1e3cc8', '#f0c814', '#808080', '#d29678', '#14aab4', '#ffffff'];
/** A field of each colour. @param opacity 0 to 1 */
const chart = (opacity: number) =>
  sharp({ create: { width: 128, height: 64, channels: 3, background: '#000' } })
    .composite(
      COLOURS.map((background, at) => ({
        input: { create: { width: 32, height: 32, channels: 3 as const, background } },
        left: 32 * (at % 4),
        top: 32 * Math.floor(at / 4),
      })),
    )
    .ensureAlpha(opacity);
const profileOf = async (name: string) =>
  (await sharp(await chart(1).withIccProfile(name).png().toBuffer()).metadata()).icc;
const ADOBE_RGB = icc(2.2, [
  [0.6097, 0.3111, 0.0195],
  [0.2053, 0.6257, 0.0609],
  [0.1492, 0.0632, 0.7446],
]);
const PROPHOTO_RGB = icc(1.8, [
  [0.7977, 0.288, 0],
  [0.1352, 0.7119, 0],
  [0.0313, 0.0001, 0.8252],
]);

type Profile = [name: string, find: () => Buffer | undefined | Promise<Buffer | undefined>, of8: string, of16: string];
const PROFILES: readonly Profile[] = [
  ['sRGB', () => profileOf('srgb'), 'srgb', 'rgb16'],
  ['Display P3', () => profileOf('p3'), 'srgb', 'rgb16'],
  ['Adobe RGB', () => ADOBE_RGB, 'srgb', 'rgb16'],
  ['ProPhoto RGB', () => PROPHOTO_RGB, 'srgb', 'rgb16'],
  ['no profile', () => undefined, 'srgb', 'rgb16'],
  ['a grey profile', () => icc(1), 'b-w', 'grey16'],
  ['no profile, in grey', () => undefined, 'b-w', 'grey16'],
];

describe.each(PROFILES)('a picture with %s', (name, find, of8, of16) => {
  it.each([1, 0.5])('of 16 bits a channel gives what one of 8 bits does, with an opacity of %f', async (opacity) => {
    const profile = await find();
    const derivedFrom = async (space: string) => {
      const flat = await chart(opacity).png().toBuffer();
      const png = await bytesOf((opacity === 1 ? sharp(flat).removeAlpha() : sharp(flat)).toColourspace(space).png());
      const path = join(folder, `${name} ${space} ${opacity}.png`);
      await writeFile(path, profile ? withIcc(png, profile) : png);
      const { renditions, pixels, dominantColours, thumbhash } = await deriveImages(path, MAX_PIXELS, [model.manifest.image]); // prettier-ignore
      const digests = [renditions.PREVIEW, renditions.THUMBNAIL, ...pixels].map(({ data }) =>
        createHash('sha256').update(data).digest('hex'),
      );
      return { dominantColours, thumbhash, digests, depth: (await sharp(path).metadata()).depth };
    };
    expect(await derivedFrom(of16)).toEqual({ ...(await derivedFrom(of8)), depth: 'ushort' });
  });
});
