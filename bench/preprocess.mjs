// How long one picture takes to the encoder's size: node bench/preprocess.mjs [rounds]
import sharp from 'sharp';
import { finishPicture, preprocess } from '#dist/inference/preprocess.js';

const ROUNDS = Number(process.argv[2] ?? 60);
const SPECS = {
  'squash to 260': { width: 260, height: 260, resize: 'squash' },
  'crop to 224': { width: 224, height: 224, resize: 'crop' },
};
// The size of a preview, from which assets are preprocessed, and two that have to be enlarged.
const SIZES = [
  [1440, 1080],
  [384, 191],
  [160, 120],
];

sharp.concurrency(1);
sharp.cache(false);

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function timed(work) {
  const startMs = performance.now();
  const result = await work();
  return [performance.now() - startMs, result];
}

const rows = [];
for (const [name, size] of Object.entries(SPECS))
  for (const [width, height] of SIZES) {
    const spec = { ...size, interpolation: 'bicubic', background: '#ffffff' };
    const data = await sharp('samples/boats-at-sunset.jpg').resize(width, height, { fit: 'fill' }).raw().toBuffer();
    const source = () => sharp(data, { raw: { width, height, channels: 3 } });
    const times = { sharpAlone: [], preprocess: [], finish: [] };
    // In turns, so that whatever else the machine does falls on all alike.
    for (let round = 0; round < ROUNDS; round++) {
      const fit = spec.resize === 'squash' ? 'fill' : 'cover';
      const { width, height, background } = spec;
      const [aloneMs] = await timed(
        async () =>
          new Uint8Array(
            await source()
              .resize({ width, height, fit, kernel: 'cubic' })
              .flatten({ background })
              .toColourspace('srgb')
              .raw({ depth: 'uchar' })
              .toBuffer(),
          ),
      );
      const [preprocessMs, picture] = await timed(() => preprocess(source(), spec));
      const [finishMs] = await timed(() => finishPicture(picture, spec));
      times.sharpAlone.push(aloneMs);
      times.preprocess.push(preprocessMs);
      times.finish.push(finishMs);
    }
    const ms = (values) => Number(median(values).toFixed(2));
    rows.push({
      picture: `${width} x ${height}, ${name}`,
      'sharp alone, ms': ms(times.sharpAlone),
      'preprocess, ms': ms(times.preprocess),
      'finish in the worker, ms': ms(times.finish),
    });
  }
console.table(rows);
