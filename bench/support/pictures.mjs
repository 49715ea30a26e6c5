import { createHash } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import sharp from 'sharp';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const LONG_EDGE = 1632;
const SHORT_EDGE = 1224;
const JPEG_QUALITY = 90;
const CONCURRENCY = 2;

sharp.concurrency(1);

// As long as a prime, so that no two rows of a picture have the same.
const GRAIN = grain(99_991, 10);

/**
 * Makes so many photographs of two megapixels out of those in a folder, the same ones each time, once: they stay in the
 * temporary folder for the next run. Each shows another one while there are enough; of the samples, which are the
 * default, there are 29.
 * @returns their paths, in order
 */
export async function makePictures(count, source = SAMPLES) {
  const digest = createHash('sha256').update(resolve(source)).digest('hex').slice(0, 8);
  const folder = join(tmpdir(), 'afterimage-bench', `pictures-${digest}`);
  const names = Array.from({ length: count }, (_, index) => `${String(index).padStart(5, '0')}.jpg`);
  await mkdir(folder, { recursive: true });
  const made = new Set(await readdir(folder));
  const files = (await readdir(source)).filter((name) => name.endsWith('.jpg')).sort();
  const samples = files.map((name) => join(source, name));
  await pLimit(CONCURRENCY).map(
    names.flatMap((name, index) => (made.has(name) ? [] : [{ name, index }])),
    async ({ name, index }) => {
      // Moved when it is whole, so that a run that was stopped leaves no half of one.
      const unfinished = join(folder, `.${name}`);
      await makePicture(samples, index, unfinished);
      await rename(unfinished, join(folder, name));
    },
  );
  return names.map((name) => join(folder, name));
}

/** Part of one sample, with a shadow of another over it, the light and the grain of a camera, and its metadata. */
async function makePicture(samples, index, path) {
  const random = randomOf(index + 1);
  const other = samples[Math.floor(random() * samples.length)];
  const isPortrait = random() < 0.3;
  const [width, height] = isPortrait ? [SHORT_EDGE, LONG_EDGE] : [LONG_EDGE, SHORT_EDGE];
  const size = { width: width / 2, height: height / 2 };
  const shadow = sharp(other)
    .resize({ ...size, fit: 'fill' })
    .ensureAlpha(0.15)
    .raw();
  const blended = (await croppedSample(samples[index % samples.length], random))
    .resize({ ...size, fit: 'cover' })
    .composite([{ input: await shadow.toBuffer(), raw: { ...size, channels: 4 } }])
    .raw();
  const light = [0, 1, 2].map(() => 0.85 + 0.3 * random());
  const pixels = await sharp(await blended.toBuffer(), { raw: { ...size, channels: 3 } })
    .resize(width, height, { kernel: 'cubic' })
    .linear(light, [0, 0, 0])
    .flop(random() < 0.5)
    .raw()
    .toBuffer();
  await sharp(withGrain(pixels, index), { raw: { width, height, channels: 3 } })
    .withExif({
      IFD0: { Make: 'Bench', Model: `Camera ${index % 7}` },
      IFD2: {
        DateTimeOriginal: `2024:0${1 + (index % 9)}:1${index % 10} 12:${String(index % 60).padStart(2, '0')}:00`,
      },
    })
    .jpeg({ quality: JPEG_QUALITY })
    .toFile(path);
}

/** A little noise: what a sensor adds, and what makes a file as large as that of a camera. */
function withGrain(pixels, offset) {
  const grainy = new Uint8ClampedArray(pixels.length);
  for (let index = 0; index < pixels.length; index++)
    grainy[index] = pixels[index] + GRAIN[(index + offset) % GRAIN.length];
  return grainy;
}

async function croppedSample(path, random) {
  const { width, height } = await sharp(path).metadata();
  const share = 0.6 + 0.35 * random();
  const [cropWidth, cropHeight] = [Math.floor(width * share), Math.floor(height * share)];
  return sharp(path).extract({
    left: Math.floor(random() * (width - cropWidth)),
    top: Math.floor(random() * (height - cropHeight)),
    width: cropWidth,
    height: cropHeight,
  });
}

/** Mulberry32: numbers from 0 to 1, the same ones for the same seed. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function grain(length, strength) {
  const random = randomOf(0);
  return Float32Array.from({ length }, () => strength * (random() + random() + random() - 1.5));
}
