import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { Libraries } from '#dist/access/libraries.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { UploadLeases } from '#dist/assets/upload-leases.js';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';
import { openDatabase, type Database } from '#dist/database/database.js';

describeOnAServer('what an upload stored', (location) => {
  let folder: string;
  let blobs: FilesystemBlobStore;
  let database: Database;
  let leases: UploadLeases;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'afterimage-leases-'));
    blobs = await FilesystemBlobStore.open(folder);
    database = await openDatabase(location);
    leases = new UploadLeases(database.prisma, blobs, randomUUID(), 60_000);
  });
  afterAll(async () => {
    await leases.close();
    await database.close();
    await rm(folder, { recursive: true });
  });

  test.each([
    { commits: true, is: 'kept', byteSize: 1 },
    { commits: false, is: 'deleted', byteSize: undefined },
  ])(
    'is $is where the asset was being made when it was given up: committed $commits',
    async ({ commits, byteSize }) => {
      const [id, libraryId] = [randomUUID(), await new Libraries(database.prisma).ensureDefault()];
      const key = blobKey(libraryId, id, ORIGINAL);
      await leases.begin(id, libraryId);
      await blobs.write(key, Readable.from([Buffer.from('x')]));
      let discarding: Promise<void> | undefined;
      const making = database.prisma.$transaction(async (transaction) => {
        await leases.becomeAsset(transaction, id);
        // As where the answer to the commit is lost, and the commit itself only late.
        discarding = leases.discard(id, libraryId);
        await sleep(200);
        if (!commits) throw new Error('rolled back');
      });
      await making.catch((error: unknown) => expect(error).toMatchObject({ message: 'rolled back' }));
      await discarding;
      leases.end(id);
      expect((await blobs.stat(key))?.byteSize).toBe(byteSize);
      expect(await database.prisma.upload.count()).toBe(0);
    },
  );
});
