// What ten times as many assets cost: how long a search takes, how much of the best it finds, how much memory is resident.
//
//   npm run build && node bench/scale.mjs [--assets 100000] [--queries 100]
//
// A library of that many assets stands beside one of a tenth, each with its own server, which are asked in turn, by
// queries that were never asked before. Rows and embeddings are as bench/search.mjs has them. Recall is measured at the
// vector store, by texts and by further pictures, without a filter and with one that so many assets meet.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from './support/client.mjs';
import { quantile, rounded } from './support/meter.mjs';
import { startProcess } from './support/process.mjs';
import { queryTexts } from './support/query-texts.mjs';

const MAX_RATIO = 2;
const MIN_RECALL = 0.98;
const MAX_MIB_OVER_MODEL = 500;
const WARM_UPS = 40;
const PAGE = 20;
// Sizes are spread evenly over 5,000,000 bytes from here.
const LEAST = 500_000;
const FILTERS = {
  'not filtered': null,
  'filtered at 1 %': { min: LEAST, max: LEAST + 50_000 },
  'filtered at 10 %': { min: LEAST, max: LEAST + 500_000 },
  'filtered at 100 %': { min: LEAST, max: LEAST + 5_000_000 },
};
const MIB = 2 ** 20;

const { values: options } = parseArgs({
  options: { assets: { type: 'string', default: '100000' }, queries: { type: 'string', default: '100' } },
});
const [assetCount, queryCount] = [Number(options.assets), Number(options.queries)];
const support = (name, ...args) => startProcess(new URL(`support/${name}.mjs`, import.meta.url), args);

/** Starts a process, asks it one thing and ends it. */
async function askOnce(name, ...question) {
  const process = await support(name);
  const answer = await process.ask(...question);
  await process.end();
  return answer;
}

const dataDirs = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'afterimage-bench-'))));
try {
  const [few, many] = dataDirs;
  const begin = performance.now();
  await askOnce('fill-library', 'fill', few, assetCount / 10);
  await askOnce('fill-library', 'fill', many, assetCount);
  console.log(`Filled in ${rounded((performance.now() - begin) / 1e3)} s`);
  const recalls = await askOnce('recall', 'recall', many, queryCount, FILTERS);
  const modelMiB = (await askOnce('model', 'modelBytes')) / MIB;
  report(await searchTimes(dataDirs), recalls, modelMiB);
} finally {
  for (const dataDir of dataDirs) await rm(dataDir, { recursive: true, force: true });
}

/** For the smaller library and for the larger one: milliseconds of each search, filtered and not, and resident MiB. */
async function searchTimes(folders) {
  const servers = await Promise.all(folders.map((folder) => support('server', folder)));
  const clients = await Promise.all(servers.map(async (server) => new Client(await server.ask('listen'))));
  const texts = queryTexts();
  const times = folders.map(() => ({ search: [], filtered: [] }));
  for (let round = -WARM_UPS; round < queryCount; round++) {
    const query = texts.next().value;
    // Each first in every other round: what one leaves in the processor's caches serves the other.
    for (const which of round % 2 ? [0, 1] : [1, 0])
      for (const [kind, filter] of [
        ['search', undefined],
        ['filtered', { byteSize: FILTERS['filtered at 10 %'] }],
      ]) {
        // The text of the second is known already, so that it shows what the filter costs.
        const time = await clients[which].timed(() => clients[which].searchByText({ query, filter, first: PAGE }));
        if (round >= 0) times[which][kind].push(time);
      }
  }
  const residentMiB = await Promise.all(servers.map(async (server) => (await server.ask('residentBytes')) / MIB));
  for (const server of servers) await server.end();
  return times.map((each, which) => ({ ...each, residentMiB: residentMiB[which] }));
}

function report([few, many], recalls, modelMiB) {
  const rows = [];
  const add = (what, reached, target, isReached) =>
    rows.push({ what, reached, target, 'is it reached': isReached ? 'yes' : 'no' });
  for (const [kind, name] of [
    ['search', 'searchByText'],
    ['filtered', 'searchByText again, filtered at 10 %'],
  ]) {
    const [p50, base] = [quantile(many[kind], 0.5), quantile(few[kind], 0.5)];
    const spread = `p95 ${rounded(quantile(many[kind], 0.95))}`;
    add(
      `${name}: p50 among ${assetCount}, over that among ${assetCount / 10}`,
      `${rounded(p50)} ms (${spread}) / ${rounded(base)} ms = ${rounded(p50 / base, 2)}`,
      `at most ${MAX_RATIO}`,
      p50 <= MAX_RATIO * base,
    );
  }
  for (const [name, { matching, recall }] of Object.entries(recalls))
    add(`recall@10 by ${name} (${matching})`, rounded(recall, 4), `at least ${MIN_RECALL}`, recall >= MIN_RECALL);
  const over = many.residentMiB - modelMiB;
  add(
    `resident memory among ${assetCount}, over the model`,
    `${rounded(many.residentMiB, 0)} MiB - ${rounded(modelMiB, 0)} = ${rounded(over, 0)}`,
    `at most ${MAX_MIB_OVER_MODEL} MiB`,
    over <= MAX_MIB_OVER_MODEL,
  );
  console.table(rows);
}
