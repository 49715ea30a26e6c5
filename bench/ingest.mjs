// What taking pictures in costs the server, beside what the same decoding and encoding takes in a bare loop.
//
//   npm run build && node bench/ingest.mjs [--pictures 1000] [--rounds 1] [--only bare,disk,http,searched] [--from FOLDER]
//
// bare      decode, derive and encode, nothing else (support/bare-loop.mjs)
// disk      the server, listening, takes the files in from the disk until all are READY
// http      the same by uploadAssets, 50 files a request
// searched  as disk, while a person searches by another text every 500 ms
// Each in a process of its own on a library of its own, one after the other; with rounds, the medians. `cpu` are the
// seconds of processor time of that process, which other work on the machine disturbs less than the time by the clock.
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from './support/client.mjs';
import { quantile, rounded } from './support/meter.mjs';
import { makePictures } from './support/pictures.mjs';
import { startProcess } from './support/process.mjs';
import { queryTexts } from './support/query-texts.mjs';

const FILES_PER_REQUEST = 50;
const SEARCH_EVERY_MS = 500;
const TARGETS = { ratio: 1.25, memoryMiB: 600, delayMs: 20 };

const { values: options } = parseArgs({
  options: {
    pictures: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '1' },
    from: { type: 'string' },
    only: { type: 'string', default: 'bare,disk,http,searched' },
  },
});
const names = options.only.split(',');
const paths = await makePictures(Number(options.pictures), options.from);

const ways = {
  async bare() {
    const process = await startProcess(new URL('support/bare-loop.mjs', import.meta.url));
    const seen = await process.ask('ingest', paths);
    await process.end();
    return seen;
  },
  disk: () => onServer((server) => server.ask('ingest', paths)),
  http: () => onServer((_server, client) => uploadAll(client)),
  searched: () => onServer(ingestWhileSearched),
};

const runs = new Map(names.map((name) => [name, []]));
for (let round = 1; round <= Number(options.rounds); round++)
  for (const name of names) {
    const seen = await ways[name]();
    runs.get(name).push(seen);
    console.log(`${name} ${round}: ${rounded(seen.seconds)} s, cpu ${rounded(seen.cpuSeconds)} s`);
  }

const median = (name, value) => quantile(runs.get(name).map(value), 0.5);
console.table(
  Object.fromEntries(
    names.map((name) => {
      const of = (value, digits) => rounded(median(name, value), digits);
      const ratio = (value) => (runs.has('bare') ? rounded(median(name, value) / median('bare', value), 2) : undefined);
      return [
        name,
        {
          seconds: of(({ seconds }) => seconds),
          'pictures/s': of(({ seconds }) => paths.length / seconds),
          ratio: ratio(({ seconds }) => seconds),
          cpu: of(({ cpuSeconds }) => cpuSeconds),
          'cpu ratio': ratio(({ cpuSeconds }) => cpuSeconds),
          'peak MiB': of(({ peakMiB }) => peakMiB, 0),
          'ever MiB': of(({ lifetimePeakMiB }) => lifetimePeakMiB, 0),
          'loop p50 ms': of(({ delayMs }) => delayMs.p50),
          'loop p99 ms': of(({ delayMs }) => delayMs.p99),
          'loop max ms': of(({ delayMs }) => delayMs.max),
        },
      ];
    }),
  ),
);
if (runs.has('searched')) {
  const searches = runs.get('searched').flatMap(({ searches }) => searches);
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => rounded(quantile(searches, share), 0));
  console.log(`Searches during it: ${searches.length}, p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`);
}
const { ratio, memoryMiB, delayMs } = TARGETS;
console.log(`Targets, for disk: ratio <= ${ratio}, peak <= ${memoryMiB} MiB, loop p99 < ${delayMs} ms`);

/** Measures from the first file until every asset is READY. */
async function onServer(ingest) {
  const dataDir = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
  const server = await startProcess(new URL('support/server.mjs', import.meta.url), [dataDir]);
  try {
    const client = new Client(await server.ask('listen'));
    await server.ask('startMeter');
    const more = await ingest(server, client);
    await server.ask('settle', paths.length);
    return { ...(await server.ask('stopMeter')), ...more };
  } finally {
    await server.end();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function uploadAll(client) {
  for (let start = 0; start < paths.length; start += FILES_PER_REQUEST) {
    const files = await Promise.all(
      paths
        .slice(start, start + FILES_PER_REQUEST)
        .map(async (path) => ({ name: basename(path), blob: await openAsBlob(path, { type: 'image/jpeg' }) })),
    );
    await client.upload(files);
  }
}

async function ingestWhileSearched(server, client) {
  const texts = queryTexts();
  const searches = [];
  let isOver = false;
  const searching = (async () => {
    while (!isOver) {
      searches.push(await client.timed(() => client.searchByText({ query: texts.next().value, first: 20 })));
      await sleep(SEARCH_EVERY_MS);
    }
  })();
  await server.ask('ingest', paths);
  await server.ask('settle', paths.length);
  isOver = true;
  await searching;
  return { searches };
}
