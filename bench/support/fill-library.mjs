// Fills an empty library with rows and embeddings as if so many pictures had been processed, in a process of its own.
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomOf } from './pictures.mjs';
import { answerTo } from './process.mjs';
import { Libraries } from '#dist/access/libraries.js';
import { ASSET_PAYLOAD, toPayload } from '#dist/assets/asset-payload.js';
import { derivePixels } from '#dist/assets/derive-images.js';
import { parseConfig } from '#dist/config.js';
import { openDatabase } from '#dist/database/database.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';
import { l2Normalise } from '#dist/inference/zero-shot.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const ROWS_PER_WRITE = 500;
const CLUSTERS = 300;
// Neighbours of one cluster then have a cosine of about 0.8, like pictures of one subject.
const SPREAD = 0.5;
const TAGS = ['family', 'work', 'holiday', 'garden', 'city', 'sea', 'mountains', 'food', 'animals', 'party'];

answerTo({
  async fill(dataDir, count) {
    const config = parseConfig({ DATA_DIR: dataDir });
    const database = await openDatabase({ embeddedDir: join(dataDir, 'database') });
    const model = await loadModel(config.model, config.modelsDir);
    const { id: modelId, dimension } = model.manifest;
    const vectors = await LanceDbVectorStore.open(join(dataDir, 'vectors'));
    const collection = await vectors.openCollection({ name: `assets-${modelId}`, dimension, payload: ASSET_PAYLOAD });
    const libraryId = await new Libraries(database.prisma).ensureDefault();
    const embeddings = embeddingsLike(await sampleEmbeddings(model, config));
    const random = randomOf(2);
    for (let start = 0; start < count; start += ROWS_PER_WRITE) {
      const rows = Array.from({ length: Math.min(ROWS_PER_WRITE, count - start) }, (_, index) =>
        assetRow(libraryId, modelId, start + index, random),
      );
      await database.prisma.asset.createMany({ data: rows });
      await collection.upsert(
        rows.map((row) => ({ id: row.id, vector: embeddings.next().value, payload: toPayload(row, []) })),
      );
    }
    await vectors.close();
    await database.close();
  },
});
process.once('disconnect', () => process.exit());

/** What the samples look like to the model: real directions, which the made-up embeddings lie around. */
async function sampleEmbeddings(model, { maxPixels }) {
  const encoder = new InferencePool(model, { workerCount: 2 });
  const names = (await readdir(SAMPLES)).filter((name) => name.endsWith('.jpg')).sort();
  const embeddings = await Promise.all(
    names.map(async (name) =>
      encoder.encodeImage(await derivePixels(join(SAMPLES, name), maxPixels, model.manifest.image)),
    ),
  );
  await encoder.close();
  return embeddings;
}

/** Embeddings in clusters, whose middles are mixtures of two samples; the same ones each time. */
function* embeddingsLike(samples) {
  const random = randomOf(1);
  const any = (list) => list[Math.floor(random() * list.length)];
  const noise = () => (random() + random() + random() - 1.5) * 2;
  const around = (middle, spread) => {
    const step = spread / Math.sqrt(middle.length);
    return l2Normalise(middle.map((value) => value + step * noise()));
  };
  const middles = Array.from({ length: CLUSTERS }, () => {
    const [one, other, share] = [any(samples), any(samples), random()];
    return around(l2Normalise(one.map((value, index) => share * value + (1 - share) * other[index])), SPREAD);
  });
  for (;;) yield around(any(middles), SPREAD);
}

function assetRow(libraryId, modelId, index, random) {
  const below = (limit) => Math.floor(random() * limit);
  const isPortrait = random() < 0.3;
  const [width, height] = isPortrait ? [1224, 1632] : [1632, 1224];
  const sizes = { width, height, byteSize: 60_000 + below(40_000) };
  return {
    id: randomUUID(),
    libraryId,
    state: 'READY',
    sha256: index.toString(16).padStart(64, '0'),
    originalName: `IMG_${index}.jpg`,
    mimeType: random() < 0.9 ? 'image/jpeg' : 'image/png',
    byteSize: 500_000 + below(5_000_000),
    width,
    height,
    orientation: isPortrait ? 'PORTRAIT' : 'LANDSCAPE',
    tags: TAGS.filter(() => random() < 0.1),
    isFavourite: random() < 0.05,
    rating: random() < 0.5 ? null : 1 + below(5),
    capturedAt: new Date(Date.UTC(2015 + below(10), below(12), 1 + below(28))),
    uploadedAt: new Date(Date.UTC(2026, 0, 1) + index * 1_000),
    trashedAt: null,
    renditions: { THUMBNAIL: sizes, PREVIEW: sizes },
    dominantColours: ['#808080', '#204060'],
    thumbhash: 'HBkSHYSIeHiPiHh8eJd4eTN0EEQG',
    embeddingModelId: modelId,
    processedAt: new Date(),
  };
}
