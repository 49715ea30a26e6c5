import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { ASSET_PAYLOAD } from '#dist/assets/asset-payload.js';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import type { LibraryParts } from '#dist/maintenance/library-parts.js';
import { markLost } from '#dist/maintenance/mend-assets.js';
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';

const location = emptyEmbeddedDatabase();
let folder: string;
let database: Database;
let vectors: LanceDbVectorStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'afterimage-mend-'));
  database = await openDatabase(location);
  vectors = await LanceDbVectorStore.open(join(folder, 'vectors'));
});
afterAll(async () => {
  await vectors.close();
  await database.close();
  await rm(folder, { recursive: true });
});

test('an original is not given up while the blob store holds nothing of its library: it is the wrong store', async () => {
  const { prisma } = database;
  const blobs = await FilesystemBlobStore.open(join(folder, 'files'));
  const collection = await vectors.openCollection({ name: 'assets', dimension: 2, payload: ASSET_PAYLOAD });
  const [one, other] = [await new Libraries(prisma).ensure('one'), await new Libraries(prisma).ensure('other')];
  const [lost, kept] = [await insertAsset(prisma, one), await insertAsset(prisma, other)];
  await prisma.asset.updateMany({ data: { state: 'READY' } });
  await blobs.write(blobKey(one, kept, ORIGINAL), Readable.from([Buffer.from('x')]));

  const parts = { prisma, blobs, models: [{ collection }] } as unknown as LibraryParts;
  expect(await markLost(parts, [lost, kept], 'ORIGINAL_MISSING')).toBe(1);
  const states = await prisma.asset.findMany({ select: { id: true, state: true, failureCode: true } });
  expect(new Map(states.map(({ id, ...state }) => [id, state]))).toEqual(
    new Map([
      [lost, { state: 'FAILED', failureCode: 'ORIGINAL_MISSING' }],
      [kept, { state: 'READY', failureCode: null }],
    ]),
  );
});
