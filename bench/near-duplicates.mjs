// Which near duplicates the server finds, and which pictures it takes for some that are none
// (docs/decisions/014-near-duplicates.md).
//
//   npm run build && node bench/near-duplicates.mjs FOLDER [--pictures 150] [--others 600]
//
// FOLDER holds pictures, of which no two ought to be the same. Of some the variants below are made; these and the others
// are taken in by a server, one after the other as they come, and its groups are read at several thresholds.
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { Client } from './support/client.mjs';
import { startProcess } from './support/process.mjs';

const THRESHOLDS = [0.9, 0.93, 0.95, 0.96, 0.97, 0.98];
const LISTED_WRONG = 8;
const MAKERS = 2;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { pictures: { type: 'string', default: '150' }, others: { type: 'string', default: '600' } },
});
const [folder] = positionals;
if (!folder) throw new Error('expected a folder with pictures, received none');

const area = (left, top, right, bottom) => (image, width, height) =>
  image
    .extract({
      left: Math.round(left * width),
      top: Math.round(top * height),
      width: Math.floor((right - left) * width),
      height: Math.floor((bottom - top) * height),
    })
    .jpeg({ quality: 85 });
const marked = (mark) => (image, width, height) =>
  image
    .composite([{ input: Buffer.from(`<svg width="${width}" height="${height}">${mark(width, height)}</svg>`) }])
    .jpeg({ quality: 85 });

/** The same picture. */
const VARIANTS = {
  'resized to half': (image, width) => image.resize({ width: Math.ceil(width / 2) }).jpeg({ quality: 85 }),
  'JPEG of quality 40': (image) => image.jpeg({ quality: 40 }),
  'JPEG of quality 15': (image) => image.jpeg({ quality: 15 }),
  'cropped by 3 %': area(0.03, 0.015, 1, 0.985),
  'cropped by 5 %, in the middle': area(0.025, 0.025, 0.975, 0.975),
  'cropped by 8 %, a corner': area(0, 0.08, 0.92, 1),
  'cropped by 10 %, one side': area(0, 0, 0.9, 1),
  'hue and saturation': (image) => image.modulate({ hue: 20, saturation: 1.3 }).jpeg({ quality: 85 }),
  brighter: (image) => image.linear(1.15, 12).jpeg({ quality: 85 }),
  'black and white': (image) => image.greyscale().jpeg({ quality: 85 }),
  'text across it': marked(
    (width, height) =>
      `<text x="${width * 0.5}" y="${height * 0.55}" font-size="${width * 0.14}" text-anchor="middle" fill="white" fill-opacity="0.5">SAMPLE</text>`,
  ),
  'a box in a corner': marked(
    (width, height) =>
      `<rect x="${width * 0.6}" y="${height * 0.85}" width="${width * 0.35}" height="${height * 0.1}" fill="white"/>`,
  ),
};
/** Other pictures, as near as those of a burst: each two of them. */
const APART = {
  'two views of it, 20 % apart': [area(0, 0, 0.8, 0.85), area(0.2, 0.15, 1, 1)],
  'the mirrored picture': [(image) => image.flop().jpeg({ quality: 95 })],
};

const dir = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
if (names.length === 0) throw new Error(`expected a folder of JPEG, PNG or WebP files, received ${folder}`);
const count = Number(options.pictures);
const wanted = Math.min(names.length, count + Number(options.others));
const chosen = Array.from({ length: wanted }, (_, index) => names[Math.floor((index * names.length) / wanted)]);
const every = Math.max(1, Math.floor(wanted / count));

try {
  const files = await makeFiles();
  const { groupsAt, seconds } = await takeIn(files);
  report(files, groupsAt);
  console.log(`${files.length} pictures in ${Math.round(seconds)} s`);
} finally {
  await rm(dir, { recursive: true, force: true });
}

/** Files named "picture, variant": a space separates nothing in their names. */
async function makeFiles() {
  await mkdir(join(dir, 'pictures'));
  const limit = pLimit(MAKERS);
  const made = await limit.map(chosen, async (name, index) => {
    const subject = String(index);
    const files = [{ subject, variant: 'original', path: join(dir, 'pictures', `${index}.original`) }];
    await copyFile(join(folder, name), files[0].path);
    if (index % every > 0 || index / every >= count) return files;
    const { data, info } = await sharp(files[0].path)
      .autoOrient()
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .png()
      .toBuffer({ resolveWithObject: true });
    const write = async (own, variant, number, make) => {
      const path = join(dir, 'pictures', `${index}.${variant}.${number}`);
      await make(sharp(data), info.width, info.height).toFile(path);
      files.push({ subject: own, variant, path });
    };
    for (const [variant, make] of Object.entries(VARIANTS)) await write(subject, variant, 0, make);
    for (const [variant, makes] of Object.entries(APART))
      for (const [number, make] of makes.entries())
        await write(`${subject} ${variant} ${number}`, variant, number, make);
    return files;
  });
  // A variant that leaves a picture as it is, byte by byte, is no other file.
  const byBytes = new Map();
  for (const file of made.flat()) {
    const digest = createHash('sha256')
      .update(await readFile(file.path))
      .digest('hex');
    if (!byBytes.has(digest)) byBytes.set(digest, file);
  }
  return [...byBytes.values()];
}

async function takeIn(files) {
  const server = await startProcess(new URL('support/server.mjs', import.meta.url), [join(dir, 'data')]);
  try {
    const client = new Client(await server.ask('listen'));
    const begin = performance.now();
    await server.ask('ingest', files.map(({ path }) => path)); // prettier-ignore
    await server.ask('settle', files.length);
    const seconds = (performance.now() - begin) / 1_000;
    const groupsAt = new Map();
    for (const threshold of THRESHOLDS) groupsAt.set(threshold, await client.duplicateGroups({ threshold }));
    return { groupsAt, seconds };
  } finally {
    await server.end();
  }
}

function report(files, groupsAt) {
  const fileOf = new Map(files.map((file) => [file.path.split('/').at(-1), file]));
  const rows = Object.fromEntries([...Object.keys(VARIANTS), ...Object.keys(APART)].map((name) => [name, {}]));
  const summary = {};
  for (const [threshold, groups] of groupsAt) {
    const members = groups.map(({ keeper, duplicates }) =>
      [keeper, ...duplicates.map(({ asset }) => asset)].map(({ originalName }) => fileOf.get(originalName)),
    );
    const groupOf = new Map(members.flatMap((group, index) => group.map((file) => [file, index])));
    const originals = new Map(
      files.filter(({ variant }) => variant === 'original').map((file) => [file.subject, file]),
    );
    const isWith = (one, other) => groupOf.has(one) && groupOf.get(one) === groupOf.get(other);
    for (const variant of Object.keys(VARIANTS)) {
      const own = files.filter((file) => file.variant === variant);
      rows[variant][threshold] = share(
        own.filter((file) => isWith(file, originals.get(file.subject))).length,
        own.length,
      );
    }
    for (const variant of Object.keys(APART)) {
      const own = files.filter((file) => file.variant === variant && file.subject.endsWith('0'));
      const others = new Map(files.map((file) => [file.subject, file]));
      const together = own.filter((file) => {
        const other = others.get(file.subject.replace(/0$/, '1')) ?? originals.get(file.subject.split(' ')[0]);
        return isWith(file, other);
      });
      rows[variant][threshold] = share(together.length, own.length);
    }
    const wrong = members.flatMap(([keeper, ...others]) =>
      others.filter((file) => file.subject !== keeper.subject).map((file) => [keeper, file]),
    );
    const all = members.reduce((sum, { length }) => sum + length - 1, 0);
    const variants = files.filter(({ variant }) => variant in VARIANTS).length;
    const found = Object.keys(VARIANTS).reduce((sum, variant) => sum + rows[variant][threshold], 0) / Object.keys(VARIANTS).length; // prettier-ignore
    summary[threshold] = { recall: share(found, 1), precision: share(all - wrong.length, all), duplicates: all, wrong: wrong.length, variants }; // prettier-ignore
    if (threshold === THRESHOLDS[0] || wrong.length <= LISTED_WRONG)
      for (const [keeper, file] of wrong.slice(0, LISTED_WRONG))
        console.log(`${threshold}: ${describe(file)} with ${describe(keeper)}`);
  }
  console.log('In one group with the original; for those that are to stay apart, in one group at all');
  console.table(rows);
  console.table(summary);
}

function describe({ subject, variant }) {
  return `${chosen[Number(subject.split(' ')[0])]} (${variant})`;
}

function share(part, whole) {
  return Number((part / whole).toFixed(3));
}
