// Fills an empty library with rows and embeddings as if so many pictures had been processed, in a process of its own.
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { embeddingsLike, sampleEmbeddings } from './embeddings.mjs';
import { randomOf } from './pictures.mjs';
import { answerTo } from './process.mjs';
import { Libraries } from '#dist/access/libraries.js';
import { collectionOf } from '#dist/assets/asset-index.js';
import { ASSET_PAYLOAD, toPayload } from '#dist/assets/asset-payload.js';
import { parseConfig } from '#dist/config.js';
import { openDatabase } from '#dist/database/database.js';
import { loadModel } from '#dist/inference/model-registry.js';
import { ensureActive } from '#dist/model-change/model-rows.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';

const ROWS_PER_WRITE = 500;
const TAGS = ['family', 'work', 'holiday', 'garden', 'city', 'sea', 'mountains', 'food', 'animals', 'party'];

answerTo({
  async fill(dataDir, count) {
    const config = parseConfig({ DATA_DIR: dataDir });
    const database = await openDatabase({ embeddedDir: join(dataDir, 'database') });
    const model = await loadModel(config.model, config.modelsDir);
    const { id: modelId, dimension } = model.manifest;
    const vectors = await LanceDbVectorStore.open(join(dataDir, 'vectors'));
    const collection = await vectors.openCollection({ name: collectionOf(modelId), dimension, payload: ASSET_PAYLOAD });
    await ensureActive(database.prisma, model.manifest);
    const libraryId = await new Libraries(database.prisma).ensureDefault();
    const embeddings = embeddingsLike(await sampleEmbeddings(model, config));
    const random = randomOf(2);
    for (let start = 0; start < count; start += ROWS_PER_WRITE) {
      const rows = Array.from({ length: Math.min(ROWS_PER_WRITE, count - start) }, (_, index) =>
        assetRow(libraryId, start + index, random),
      );
      await database.prisma.asset.createMany({ data: rows });
      await database.prisma.fingerprint.createMany({ data: rows.map(({ id }) => fingerprintRow(id)) });
      await database.prisma.embedding.createMany({ data: rows.map(({ id }) => ({ assetId: id, modelId })) });
      await collection.upsert(
        rows.map((row) => ({ id: row.id, vector: embeddings.next().value, payload: toPayload(row, []) })),
      );
    }
    await vectors.close();
    await database.close();
  },
});
process.once('disconnect', () => process.exit());

/** Without one, the server would look for the originals to make it. */
function fingerprintRow(assetId) {
  return {
    assetId,
    perceptualHash: randomBytes(8).readBigInt64LE(),
    luma: randomBytes(1_024),
    pixelDigest: randomBytes(32),
    sharpness: 100,
    isCompared: true,
  };
}

function assetRow(libraryId, index, random) {
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
    latitude: null,
    longitude: null,
    uploadedById: null,
    renditions: { THUMBNAIL: sizes, PREVIEW: sizes },
    dominantColours: ['#808080', '#204060'],
    thumbhash: 'HBkSHYSIeHiPiHh8eJd4eTN0EEQG',
    processedAt: new Date(),
  };
}
