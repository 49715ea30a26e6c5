// How long searches and uploads take while the library is given another model, beside before it.
//
//   npm run build && node bench/model-change.mjs [--pictures 200] [--uploads 20]
//
// The other model is the built-in one under another name, so that its work is that of a real one. A search is asked for every
// 300 ms by another text; an upload is timed from the request to READY.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from './support/client.mjs';
import { quantile, rounded } from './support/meter.mjs';
import { makePictures } from './support/pictures.mjs';
import { startProcess } from './support/process.mjs';
import { queryTexts } from './support/query-texts.mjs';

const MODEL = 'afterimage-small-v1';
const OTHER = 'another-model';
const SEARCH_EVERY_MS = 300;
const POLL_MS = 50;

const { values: options } = parseArgs({
  options: { pictures: { type: 'string', default: '200' }, uploads: { type: 'string', default: '20' } },
});
const [pictureCount, uploadCount] = [Number(options.pictures), Number(options.uploads)];
const paths = await makePictures(pictureCount + 2 * uploadCount);
const library = paths.slice(0, pictureCount);
const uploads = { before: paths.slice(pictureCount, -uploadCount), during: paths.slice(-uploadCount) };

const folder = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
try {
  process.env.MODELS_DIR = join(folder, 'models');
  for (const id of [MODEL, OTHER]) await addModel(process.env.MODELS_DIR, id);
  const server = await startProcess(new URL('support/server.mjs', import.meta.url), [join(folder, 'data')]);
  await measure(server, new Client(await server.ask('listen')));
  await server.end();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function addModel(modelsDir, id) {
  await mkdir(modelsDir, { recursive: true });
  await cp(resolve('models', MODEL), join(modelsDir, id), { recursive: true });
  const file = join(modelsDir, id, 'model.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file)), id }));
}

async function measure(server, client) {
  const texts = queryTexts();
  const search = () => client.timed(() => client.searchByText({ query: texts.next().value, first: 20 }));
  const uploadOf = (path) =>
    client.timed(async () => {
      await client.upload([{ name: basename(path), blob: await openAsBlob(path, { type: 'image/jpeg' }) }]);
      while ((await client.assets({ filter: { states: ['PENDING'] }, first: 1 })).totalCount > 0) await sleep(POLL_MS);
    });
  const watched = async (pictures) => {
    const times = { searches: [], uploads: [] };
    let isOver = false;
    const searching = (async () => {
      for (; !isOver; await sleep(SEARCH_EVERY_MS)) times.searches.push(await search());
    })();
    for (const path of pictures) times.uploads.push(await uploadOf(path));
    isOver = true;
    await searching;
    return times;
  };

  await server.ask('ingest', library);
  await server.ask('settle', pictureCount);
  for (let count = 0; count < 20; count++) await search();
  const before = await watched(uploads.before);

  const begin = performance.now();
  await client.changeModel(OTHER);
  const during = await watched(uploads.during);
  const wasUnderWay = (await client.activeModel()) === MODEL;
  while ((await client.activeModel()) !== OTHER) await sleep(POLL_MS);
  const seconds = (performance.now() - begin) / 1_000;

  const row = (times) =>
    Object.fromEntries([
      ['count', times.length],
      ...[50, 95, 100].map((share) => [`p${share} ms`, rounded(quantile(times, share / 100), 0)]),
    ]);
  console.table({
    'searches before': row(before.searches),
    'searches during it': row(during.searches),
    'uploads to READY before': row(before.uploads),
    'uploads to READY during it': row(during.uploads),
  });
  console.log(`${pictureCount + 2 * uploadCount} pictures embedded by the other model in ${rounded(seconds)} s`);
  if (!wasUnderWay) console.log('The change was over before the uploads were: ask for more pictures');
}
