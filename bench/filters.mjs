// What a filter costs the embedded vector store, by how it is told of it: a field of its own, a set of values, or the ids of
// the assets that Postgres found.
//
//   npm run build && node bench/filters.mjs [--points 50000] [--queries 20]
//
// Vectors are random, as long as the built-in model's; half of the points or fewer meet each filter, but for the
// ids and for what all of them meet.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cellsNear, colourCells } from '#dist/assets/colour-cells.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';
import { quantile, rounded } from './support/meter.mjs';

const DIMENSION = 384;
const PAGE = 20;
const BATCH = 500;
const WARM_UPS = 3;

const { values: options } = parseArgs({
  options: { points: { type: 'string', default: '50000' }, queries: { type: 'string', default: '20' } },
});
const ids = Array.from({ length: Number(options.points) }, () => randomUUID());
const below = (end) => Math.floor(Math.random() * end);
const colour = () => `#${below(0x1000000).toString(16).padStart(6, '0')}`;

const folder = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
const store = await LanceDbVectorStore.open(folder);
try {
  const payload = { library: 'keyword', camera: 'keyword', latitude: 'number', tags: 'keywords', colours: 'keywords' };
  const collection = await store.openCollection({ name: 'filters', dimension: DIMENSION, payload });
  for (let start = 0; start < ids.length; start += BATCH)
    await collection.upsert(ids.slice(start, start + BATCH).map((id) => ({ id, vector: vector(), payload: point() })));
  await collection.tidy();

  const counts = [1_000, 10_000, 25_000, 50_000].filter((count) => count <= ids.length);
  const filters = {
    none: undefined,
    'what all meet': { field: 'library', in: ['library'] },
    'a camera': { field: 'camera', in: ['camera 1'] },
    'a range': { field: 'latitude', gte: 10, lte: 20 },
    'one of two tags': { field: 'tags', hasAny: ['tag 1', 'tag 2'] },
    ...Object.fromEntries(
      [15, 40].map((distance) => {
        const cells = cellsNear('#808080', distance);
        return [`a colour, ${cells.length} cells`, { field: 'colours', hasAny: cells }];
      }),
    ),
    ...Object.fromEntries(counts.map((count) => [`${count} ids`, { ids: ids.slice(0, count) }])),
    ...Object.fromEntries(counts.map((count) => [`not ${count} ids`, { not: { ids: ids.slice(0, count) } }])),
  };
  // Interleaved, so that whatever else the machine does meets all of them alike.
  const times = new Map(Object.keys(filters).map((name) => [name, []]));
  for (let round = -WARM_UPS; round < Number(options.queries); round++)
    for (const [name, filter] of Object.entries(filters)) {
      const query = { vector: vector(), filter, limit: PAGE };
      const start = performance.now();
      await collection.query(query);
      if (round >= 0) times.get(name).push(performance.now() - start);
    }
  console.table(
    Object.fromEntries(
      [...times].map(([name, values]) => [
        name,
        { 'least ms': rounded(quantile(values, 0)), 'p50 ms': rounded(quantile(values, 0.5)) },
      ]),
    ),
  );
} finally {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}

function point() {
  return {
    library: 'library',
    camera: `camera ${below(40)}`,
    latitude: below(180) - 90,
    tags: [`tag ${below(50)}`, `place ${below(1_000)}`],
    colours: colourCells(Array.from({ length: 5 }, colour)),
  };
}

function vector() {
  const values = new Float32Array(DIMENSION).map(() => Math.random() - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
