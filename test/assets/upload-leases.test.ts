import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import { blobKey, ORIGINAL } from '#dist/assets/asset-files.js';
import { UploadLeases } from '#dist/assets/upload-leases.js';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import { describeOnEveryDatabase } from '../support/databases.js';

const LEASE_MS = 60_000;

describeOnEveryDatabase('an upload', (location) => {
  let database: Database;
  let blobs: FilesystemBlobStore;
  let libraryId: string;
  const worker = randomUUID();
  beforeAll(async () => {
    database = await openDatabase(location);
    blobs = await FilesystemBlobStore.open(mkdtempSync(join(tmpdir(), 'afterimage-leases-')));
    libraryId = await new Libraries(database.prisma).ensureDefault();
  });
  afterAll(async () => {
    await blobs.close();
    await database.close();
  });

  async function open(workerId: string): Promise<UploadLeases> {
    return UploadLeases.open(database.prisma, blobs, workerId, LEASE_MS);
  }

  async function begin(leases: UploadLeases): Promise<{ id: string; isStored: () => Promise<boolean> }> {
    const id = randomUUID();
    const key = blobKey(libraryId, id, ORIGINAL);
    await leases.begin(id, libraryId);
    await blobs.write(key, Readable.from([Buffer.from('bytes')]));
    return { id, isStored: async () => (await blobs.stat(key)) !== null };
  }

  const become = (leases: UploadLeases, id: string) =>
    database.prisma.$transaction((transaction) => leases.becomeAsset(transaction, id));

  test('under way is left alone by a sweep that has not heard of it yet', async () => {
    const [leases, sweeper] = [await open(worker), await open(worker)];
    const { id, isStored } = await begin(leases);
    await sweeper.sweep();
    await become(leases, id);
    await sweeper.sweep();
    expect(await isStored()).toBe(true);
    leases.end(id);
    await Promise.all([leases.close(), sweeper.close()]);
  });

  test('that is given up is held by nobody from then on, also while its bytes are being deleted', async () => {
    const leases = await open(worker);
    const { id, isStored } = await begin(leases);
    const remove = blobs.delete.bind(blobs);
    let held: unknown;
    vi.spyOn(blobs, 'delete').mockImplementationOnce(async (keys) => {
      // What a statement finds that was sent before, and comes late.
      held = await database.prisma.$queryRaw(leases.held(id));
      return remove(keys);
    });
    await leases.discard(id, libraryId);
    expect(held).toEqual([]);
    expect(await isStored()).toBe(false);
    leases.end(id);
    await leases.close();
  });

  test('whose lease was taken over before it had stored its bytes leaves none', async () => {
    const [leases, sweeper] = [await open(worker), await open(randomUUID())];
    const id = randomUUID();
    await leases.begin(id, libraryId);
    await database.prisma.upload.update({ where: { id }, data: { leaseUntil: new Date(0) } });
    await sweeper.sweep();
    const key = blobKey(libraryId, id, ORIGINAL);
    await blobs.write(key, Readable.from([Buffer.from('bytes')]));
    await leases.discard(id, libraryId, { isFresh: true });
    expect(await blobs.stat(key)).toBeNull();
    leases.end(id);
    await Promise.all([leases.close(), sweeper.close()]);
  });

  test('of a former life, or of a process that is dead, is swept away, and cannot become an asset', async () => {
    const mine = await open(worker);
    const dead = await open(randomUUID());
    const uploads = [await begin(mine), await begin(dead)];
    await database.prisma.upload.update({ where: { id: uploads[1]!.id }, data: { leaseUntil: new Date(0) } });
    const next = await open(worker);
    await next.sweep();
    expect(await Promise.all(uploads.map(({ isStored }) => isStored()))).toEqual([false, false]);
    await expect(become(mine, uploads[0]!.id)).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
    await next.close();
  });

  test('has an id of its own, and one that is refused holds up nothing', async () => {
    const leases = await open(worker);
    const { id } = await begin(leases);
    const other = await open(randomUUID());
    await expect(other.begin(id, libraryId)).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
    await other.close();
    leases.end(id);
    await leases.close();
  });

  test('nobody else can have while its id is held, which is free again at once, also after a failure', async () => {
    const leases = await open(worker);
    const id = randomUUID();
    const failing = leases.hold(id, libraryId, async () => {
      await expect(leases.begin(id, libraryId)).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED' });
      throw new Error('away');
    });
    await expect(failing).rejects.toThrow('away');
    await leases.hold(id, libraryId, async () => undefined);
    expect(await leases.remainingMs(id)).toBe(0);
    await leases.close();
  });

  // The embedded database has one session, in which nothing can happen beside a transaction.
  test.skipIf('embeddedDir' in location).each([
    { commits: true, is: 'kept' },
    { commits: false, is: 'deleted' },
  ])('is $is where its asset was being made when it was given up: committed $commits', async ({ commits }) => {
    const leases = await open(worker);
    const { id, isStored } = await begin(leases);
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
    expect(await isStored()).toBe(commits);
    await leases.close();
  });
});
