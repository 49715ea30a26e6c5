// How long a person waits for an answer in a library of many pictures, over HTTP, by queries that were never asked before.
//
//   npm run build && node bench/search.mjs [--assets 10000] [--queries 100]
//
// The rows and the embeddings are real ones, of pictures that there never were; see support/fill-library.mjs. Beside each
// search the server encodes the same text on inference threads of its own: what no search can do without. The client is
// another process, and asks one thing at a time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from './support/client.mjs';
import { quantile, rounded } from './support/meter.mjs';
import { startProcess } from './support/process.mjs';
import { queryTexts } from './support/query-texts.mjs';

const TARGET_MS = 10;
const HYBRID_TARGET_MS = 15;
const PAGE = 20;
const DEPTH = 1_000;
const WARM_UPS = 30;
const FILTER = { orientations: ['LANDSCAPE'], minRating: 3, tagsAny: ['holiday', 'sea'] };
const LABELS = [
  'a cat',
  'a dog',
  'a boat',
  'a flower',
  'a mountain',
  'food',
  'a document',
  'people',
  'a car',
  'the sea',
];

const { values: options } = parseArgs({
  options: { assets: { type: 'string', default: '10000' }, queries: { type: 'string', default: '100' } },
});
const queryCount = Number(options.queries);

const dataDir = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
try {
  const filler = await startProcess(new URL('support/fill-library.mjs', import.meta.url));
  await filler.ask('fill', dataDir, Number(options.assets));
  await filler.end();
  const server = await startProcess(new URL('support/server.mjs', import.meta.url), [dataDir]);
  await measure(server, new Client(await server.ask('listen')));
  await server.end();
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function measure(server, client) {
  const texts = queryTexts();
  const nextText = () => texts.next().value;
  for (let count = 0; count < WARM_UPS; count++) {
    await server.ask('encode', nextText());
    await client.searchByText({ query: nextText(), first: PAGE });
  }

  const deepText = nextText();
  const deep = { query: deepText, first: PAGE, after: await cursorAt(client, deepText) };
  const { edges: some } = await client.assets({ first: queryCount });
  const search = (more) => {
    const query = nextText();
    return client.timed(() => client.searchByText({ query, first: PAGE, ...more }));
  };
  const classify = (assetId, multiLabel) =>
    client.timed(() => client.zeroShotClassify({ assetId, labels: LABELS, multiLabel }));
  const ways = {
    'text encode alone': () => server.ask('encode', nextText()),
    search: () => search({}),
    'search, by meaning only': () => search({ mode: 'SEMANTIC' }),
    'search, filtered': () => search({ filter: FILTER }),
    [`search, after ${DEPTH} (text cached)`]: () => client.timed(() => client.searchByText(deep)),
    'list, newest first': () => client.timed(() => client.assets({ first: PAGE })),
    'list, filtered': () => client.timed(() => client.assets({ first: PAGE, filter: FILTER })),
    'classify, 10 labels': (index) => classify(some[index % some.length].node.id, false),
    'classify, 10 labels, independent': (index) => classify(some[index % some.length].node.id, true),
  };

  // Interleaved, so that whatever else the machine does meets all of them alike.
  const times = new Map(Object.keys(ways).map((name) => [name, []]));
  for (let index = 0; index < queryCount; index++)
    for (const [name, ask] of Object.entries(ways)) times.get(name).push(await ask(index));

  console.table(
    Object.fromEntries(
      [...times].map(([name, values]) => [
        name,
        Object.fromEntries([50, 95, 99].map((share) => [`p${share} ms`, rounded(quantile(values, share / 100))])),
      ]),
    ),
  );
  const p50 = (name) => quantile(times.get(name), 0.5);
  for (const name of ['search', 'search, by meaning only', 'search, filtered'])
    console.log(`${name}: p50 of ${rounded(p50(name) - p50('text encode alone'))} ms over the text encode`);
  console.log(
    `Target: at most ${TARGET_MS} ms over it by meaning only, and ${HYBRID_TARGET_MS} for the others, among 50,000`,
  );
}

/** The cursor after the first `DEPTH` results. */
async function cursorAt(client, query) {
  let after;
  for (let depth = 0; depth < DEPTH; depth += 200)
    after = (await client.searchByText({ query, first: 200, after })).pageInfo.endCursor;
  return after;
}
