// Compares what the vector store finds with what a search through all vectors finds, in a process of its own.
import { join } from 'node:path';
import { embeddingsLike, sampleEmbeddings } from './embeddings.mjs';
import { answerTo } from './process.mjs';
import { queryTexts } from './query-texts.mjs';
import { vectorsOfLibrary } from '#dist/access/library-scope.js';
import { collectionOf } from '#dist/assets/asset-index.js';
import { ASSET_PAYLOAD } from '#dist/assets/asset-payload.js';
import { pointCondition } from '#dist/assets/asset-filter.points.js';
import { parseConfig } from '#dist/config.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';

const BEST = 10;

answerTo({
  /**
   * @param filters ranges of sizes in bytes, by name; null for none
   * @returns by kind of query and name of filter, the share of the ten best that was found
   */
  async recall(dataDir, queryCount, filters) {
    const config = parseConfig({ DATA_DIR: dataDir });
    const model = await loadModel(config.model, config.modelsDir);
    const store = await LanceDbVectorStore.open(join(dataDir, 'vectors'));
    const { id, dimension } = model.manifest;
    const collection = await store.openCollection({ name: collectionOf(id), dimension, payload: ASSET_PAYLOAD });
    const points = [];
    for await (const ids of collection.scrollIds()) points.push(...(await collection.get(ids)));
    const queries = {
      text: await textEmbeddings(model, queryCount),
      picture: await pictureEmbeddings(model, config, points.length, queryCount),
    };
    const results = {};
    for (const [kind, vectors] of Object.entries(queries))
      for (const [name, byteSize] of Object.entries(filters)) {
        const { libraryId } = points[0].payload;
        // The store knows sizes: nothing is looked up in a database.
        const filter = vectorsOfLibrary(libraryId, await pointCondition(null, libraryId, { byteSize }));
        const { min = 0, max = Infinity } = byteSize ?? {};
        const matching = points.filter(({ payload }) => payload.byteSize >= min && payload.byteSize <= max);
        let hits = 0;
        for (const vector of vectors) {
          const found = await collection.query({ vector, filter, limit: BEST });
          const exact = new Set(best(matching, vector));
          hits += found.filter((point) => exact.has(point.id)).length;
        }
        results[`${kind}, ${name}`] = { matching: matching.length, recall: hits / (BEST * vectors.length) };
      }
    await store.close();
    return results;
  },
});
process.once('disconnect', () => process.exit());

async function textEmbeddings(model, count) {
  const encoder = new InferencePool(model, { workerCount: 1 });
  await encoder.start();
  const texts = [...queryTexts()].slice(0, count);
  const embeddings = [];
  for (const text of texts) embeddings.push(...(await encoder.encodeTexts([text])));
  await encoder.close();
  return embeddings;
}

/** Embeddings of further pictures of the same library. */
async function pictureEmbeddings(model, config, stored, count) {
  const embeddings = embeddingsLike(await sampleEmbeddings(model, config));
  for (let index = 0; index < stored; index++) embeddings.next();
  return Array.from({ length: count }, () => embeddings.next().value);
}

function best(points, vector) {
  const scored = points.map(({ id, vector: other }) => {
    let score = 0;
    for (let axis = 0; axis < vector.length; axis++) score += vector[axis] * other[axis];
    return { id, score };
  });
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST)
    .map(({ id }) => id);
}
