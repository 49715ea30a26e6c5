// How much sharper a copy is than its original, and which of the two is kept
// (docs/decisions/014-near-duplicates.md).
//
//   npm run build && node bench/keepers.mjs FOLDER [--pictures 60] [--quality 95]
//
// Of the pictures in FOLDER the copies below are made, each as large as its original; with a quality, of pictures of
// half the size that are saved at it, as by a camera.
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { quantile, rounded } from './support/meter.mjs';
import { deriveFingerprint } from '#dist/assets/derive-images.js';
import { groupDuplicates } from '#dist/assets/duplicates/group-duplicates.js';

const MAX_PIXELS = 1e8;
const MAKERS = 2;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { pictures: { type: 'string', default: '60' }, quality: { type: 'string' } },
});
const [folder] = positionals;
if (!folder) throw new Error('expected a folder with pictures, received none');

const resized = (by) => async (image, width, height) =>
  sharp(await image.resize(Math.round(width * by), Math.round(height * by), { fit: 'fill' }).png().toBuffer())
    .resize(width, height, { fit: 'fill' })
    .jpeg({ quality: 90 }); // prettier-ignore
const QUALITIES = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95];
const COPIES = {
  ...Object.fromEntries(QUALITIES.map((quality) => [`JPEG of quality ${quality}`, (image) => image.jpeg({ quality })])),
  PNG: (image) => image.png(),
  'WebP of quality 50': (image) => image.webp({ quality: 50 }),
  'WebP of quality 80': (image) => image.webp({ quality: 80 }),
  'AVIF of quality 30': (image) => image.avif({ quality: 30, effort: 2 }),
  'AVIF of quality 50': (image) => image.avif({ quality: 50, effort: 2 }),
  'brighter by 5 %': (image) => image.linear(1.05, 0).jpeg({ quality: 90 }),
  'darker by 5 %': (image) => image.linear(0.95, 0).jpeg({ quality: 90 }),
  'more contrast by 15 %': (image) => image.linear(1.15, -19).jpeg({ quality: 90 }),
  sharpened: (image) => image.sharpen({ sigma: 1 }).jpeg({ quality: 90 }),
  'twice as large and back': resized(2),
  '80 % and back': resized(0.8),
  'half and back': resized(0.5),
  'a third and back': resized(1 / 3),
  'a quarter and back': resized(0.25),
  'blurred, sigma 1': (image) => image.blur(1).jpeg({ quality: 90 }),
  'blurred, sigma 2': (image) => image.blur(2).jpeg({ quality: 90 }),
};

const dir = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
try {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  if (names.length === 0) throw new Error(`expected a folder of JPEG, PNG or WebP files, received ${folder}`);
  const wanted = Math.min(names.length, Number(options.pictures));
  const chosen = Array.from({ length: wanted }, (_, index) => names[Math.floor((index * names.length) / wanted)]);
  const limit = pLimit(MAKERS);
  report(await limit.map(chosen, measure));
} finally {
  await rm(dir, { recursive: true, force: true });
}

/** What becomes of a picture beside each of its copies. */
async function measure(name) {
  const path = await originalOf(name);
  const { sharpness, bytes } = await measured(path);

  const { width, height } = (await sharp(path).metadata()).autoOrient;
  const pixels = width * height;
  const copies = {};
  for (const [copy, make] of Object.entries(COPIES)) {
    const file = join(dir, `${name}.${copy.replaceAll(/\W/g, '')}`);
    await writeFile(file, await (await make(sharp(path).autoOrient(), width, height)).toBuffer());
    const other = await measured(file);
    const isKept = (time, otherTime) => {
      const own = { id: 'original', pixels, sharpness, bytes, time };
      const ranked = [own, { ...own, id: 'copy', ...other, time: otherTime }];
      const [{ keeper }] = groupDuplicates(ranked, (id) =>
        ranked.filter((each) => each.id !== id).map((each) => ({ id: each.id, similarity: 1 })),
      );
      return keeper.id === own.id;
    };
    copies[copy] = {
      sharper: other.sharpness / sharpness,
      isKept: isKept(1, 2),
      isKeptIfLater: isKept(2, 1),
      isKeptIfOfOneTime: isKept(1, 1),
    };
    await rm(file);
  }
  return copies;
}

async function originalOf(name) {
  const path = join(folder, name);
  if (!options.quality) return path;
  const { width } = (await sharp(path).metadata()).autoOrient;
  const original = join(dir, name);
  const image = sharp(path)
    .autoOrient()
    .resize(Math.round(width / 2));
  await image.jpeg({ quality: Number(options.quality) }).toFile(original);
  return original;
}

async function measured(path) {
  const { sharpness } = await deriveFingerprint(path, MAX_PIXELS);
  return { sharpness, bytes: (await stat(path)).size };
}

function report(pictures) {
  console.log('Sharpness of the copy over that of the original, and shares of the pictures');
  const rows = {};
  for (const copy of Object.keys(COPIES)) {
    const all = pictures.map((copies) => copies[copy]);
    const sharper = all.map((each) => each.sharper);
    const share = (is) => rounded(all.filter(is).length / all.length, 3);
    rows[copy] = {
      least: rounded(Math.min(...sharper), 2),
      median: rounded(quantile(sharper, 0.5), 2),
      most: rounded(Math.max(...sharper), 2),
      'original kept if older': share(({ isKept }) => isKept),
      'if later': share(({ isKeptIfLater }) => isKeptIfLater),
      'if of one time': share(({ isKeptIfOfOneTime }) => isKeptIfOfOneTime),
    };
  }
  console.table(rows);
}
