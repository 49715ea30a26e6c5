import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlobStore } from '#dist/blobstore/blobstore.js';

const MIB = 1 << 20;
const CHUNK_BYTES = 64 << 10;

/**
 * What every blob store does, whatever is behind it.
 *
 * @param open a store of its own for this suite, empty
 */
export function describeBlobStore(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    let store: BlobStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    const put = (key: string, content: string) => store.write(key, Readable.from([Buffer.from(content)]));
    const get = async (key: string) => text(await store.read(key));
    const keys = async (prefix: string) => {
      const found: string[] = [];
      for await (const key of store.list(prefix)) found.push(key);
      return found.sort();
    };

    it.each([0, 1, 20 * MIB])('gives back the %i bytes that were written', async (byteSize) => {
      const content = randomBytes(byteSize);
      const before = Date.now();
      await store.write(`sizes/${byteSize}`, chunksOf(content));
      expect((await buffer(await store.read(`sizes/${byteSize}`))).equals(content)).toBe(true);
      const found = await store.stat(`sizes/${byteSize}`);
      expect(found?.byteSize).toBe(byteSize);
      // A minute, because the store's clock need not be this machine's.
      expect(Math.abs(found!.modifiedAt.getTime() - before)).toBeLessThan(60_000);
    });

    it('gives back a part, both ends included, cut off at the end of the blob', async () => {
      await put('range', '0123456789');
      const part = async (start: number, end: number) => text(await store.read('range', { start, end }));
      expect(await part(0, 0)).toBe('0');
      expect(await part(2, 4)).toBe('234');
      expect(await part(0, 9)).toBe('0123456789');
      expect(await part(8, 100)).toBe('89');
    });

    it.each([
      [3, 2],
      [-1, 2],
      [0.5, 2],
      [10, 12],
      [0, Number.NaN],
    ])('refuses the range %d to %d of 10 bytes', async (start, end) => {
      await put('range', '0123456789');
      await expect(store.read('range', { start, end })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    it('replaces a blob, and lets who reads the former one finish', async () => {
      const former = randomBytes(2 * MIB);
      await store.write('replaced', chunksOf(former));
      const reading = await store.read('replaced');
      await put('replaced', 'new');
      expect(await get('replaced')).toBe('new');
      expect((await buffer(reading)).equals(former)).toBe(true);
    });

    it('has done with the memory of its source when a write is answered', async () => {
      const chunk = randomBytes(2 * MIB);
      const content = Buffer.from(chunk);
      await store.write('given', Readable.from([chunk]));
      chunk.fill(0);
      const read = await buffer(await store.read('given'));
      expect(read.equals(content)).toBe(true);
    });

    describe.each(['new', 'changed'])('a source that fails leaves no %s blob', (kind) => {
      const key = `failed/${kind}`;
      const expectUntouched = async () => {
        if (kind === 'new') expect(await store.stat(key)).toBeNull();
        else expect(await get(key)).toBe('former');
        expect(await keys('failed/')).toEqual(kind === 'new' ? [] : [key]);
      };
      beforeAll(async () => {
        if (kind === 'changed') await put(key, 'former');
      });
      afterAll(() => store.delete([key]));

      it('when it errors in the middle, with its own error', async () => {
        const failure = new Error('the client went away');
        const source = Readable.from(
          (function* () {
            yield randomBytes(MIB);
            throw failure;
          })(),
        );
        await expect(store.write(key, source)).rejects.toBe(failure);
        await expectUntouched();
      });

      it('when it is destroyed before its end', async () => {
        const source = new Readable({ read() {} });
        source.push(randomBytes(MIB));
        setTimeout(() => source.destroy(), 50);
        await expect(store.write(key, source)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
        await expectUntouched();
      });

      it('when it had failed before', async () => {
        const failure = new Error('failed at once');
        await expect(store.write(key, new Readable({ read() {} }).destroy(failure))).rejects.toBe(failure);
        await expectUntouched();
      });
    });

    it('ends with one whole value when many write one key at once', async () => {
      const contents = Array.from({ length: 8 }, (_, index) => Buffer.alloc(MIB, index));
      await Promise.all(contents.map((content) => store.write('contended/key', chunksOf(content))));
      const last = await buffer(await store.read('contended/key'));
      expect(contents.some((content) => content.equals(last))).toBe(true);
      expect(await keys('contended/')).toEqual(['contended/key']);
    });

    it('takes writes beside deletes of their only neighbours', async () => {
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          await put(`beside/a/b/${index}`, 'x');
          await store.delete([`beside/a/b/${index}`]);
        }),
      );
      expect(await keys('beside/')).toEqual([]);
    });

    it('lists the keys that start with a prefix, which may end inside a name', async () => {
      const listed = ['list/a', 'list/ab/c', 'list/ab/d/e', 'list/b', 'lists'];
      for (const key of listed) await put(key, key);
      expect(await keys('list')).toEqual(listed);
      expect(await keys('list/')).toEqual(listed.slice(0, 4));
      expect(await keys('list/a')).toEqual(listed.slice(0, 3));
      expect(await keys('list/ab/')).toEqual(['list/ab/c', 'list/ab/d/e']);
      expect(await keys('list/none/')).toEqual([]);
      expect(await keys('')).toEqual(expect.arrayContaining(listed));
    });

    it('deletes what is there and passes over what is not', async () => {
      await put('deleted/a', 'a');
      await put('deleted/b', 'b');
      await store.delete(['deleted/none', 'deleted/a', 'deleted', 'deleted/a/below']);
      expect(await keys('deleted/')).toEqual(['deleted/b']);
      await store.delete(['deleted/b']);
      await store.delete([]);
      expect(await keys('deleted')).toEqual([]);
    });

    it.each(['none', 'there/none', 'there/blob/below', 'there'])('finds no blob under %s', async (key) => {
      await put('there/blob', 'x');
      expect(await store.stat(key)).toBeNull();
      await expect(store.read(key)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
      await expect(store.withLocalFile(key, () => Promise.resolve())).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    });

    it.each([
      '',
      '/',
      '/etc/passwd',
      'a/',
      'a//b',
      '.',
      '..',
      '../a',
      'a/../b',
      'a/./b',
      'a\\b',
      'a b',
      'ä',
      'a\0b',
      'a\n',
    ])('refuses the key %j', async (key) => {
      const source = chunksOf(randomBytes(MIB));
      const refused = { code: 'INVALID_ARGUMENT' };
      await expect(store.write(key, source)).rejects.toMatchObject(refused);
      // A stream that nobody reads would hold its file or its request open.
      expect(source.destroyed).toBe(true);
      await expect(store.read(key)).rejects.toMatchObject(refused);
      await expect(store.stat(key)).rejects.toMatchObject(refused);
      await expect(store.withLocalFile(key, () => Promise.resolve())).rejects.toMatchObject(refused);
      await expect(store.delete([key])).rejects.toMatchObject(refused);
    });

    it.each(['/', '/etc/', '../', 'a/../b', 'a//', 'a b'])('refuses the prefix %j', async (prefix) => {
      await expect(keys(prefix)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    it('takes keys with dots that are no way up', async () => {
      await put('dots/..a/...', 'x');
      expect(await keys('dots/..')).toEqual(['dots/..a/...']);
    });

    it('lends a local file, and gives back what the borrower returns or throws', async () => {
      await put('lent', 'content');
      expect(await store.withLocalFile('lent', (path) => readFile(path, 'utf8'))).toBe('content');
      const failure = new Error('the decoder failed');
      await expect(store.withLocalFile('lent', () => Promise.reject(failure))).rejects.toBe(failure);
      expect(await get('lent')).toBe('content');
    });

    it('says that it can be reached, and leaves nothing by it', async () => {
      const before = await keys('');
      await store.ping();
      expect(await keys('')).toEqual(before);
    });

    it('holds no blob whole while 128 MB stream in and out', async () => {
      const written = createHash('sha256');
      const source = watchMemory(128 * MIB, (chunk) => written.update(chunk));
      await store.write('large', Readable.from(source.chunks, { highWaterMark: 4 }));
      const read = createHash('sha256');
      const sink = memorySink((chunk) => read.update(chunk));
      await pipeline(await store.read('large'), sink.stream);
      await store.delete(['large']);
      expect(read.digest('hex')).toBe(written.digest('hex'));
      // An upload in parts has some of them in hand, each twice while it is put together, and a server in this process too.
      expect(source.peakBytes()).toBeLessThan(64 * MIB);
      expect(sink.peakBytes()).toBeLessThan(64 * MIB);
    }, 120_000);
  });
}

function chunksOf(content: Buffer): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += CHUNK_BYTES) yield content.subarray(at, at + CHUNK_BYTES);
    })(),
  );
}

// Memory counted right after a collection is what is really held: it does not depend on when the collector runs.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function liveBufferBytes(): number {
  collect();
  // V8 gives the memory of buffers back on another thread, which may be late: the next collection waits for it.
  collect();
  return process.memoryUsage().arrayBuffers;
}

function peakMeter() {
  const base = liveBufferBytes();
  let peak = 0;
  let passed = 0;
  return {
    pass(byteSize: number) {
      const sampled = Math.floor(passed / (16 * MIB));
      passed += byteSize;
      if (Math.floor(passed / (16 * MIB)) > sampled) peak = Math.max(peak, liveBufferBytes() - base);
    },
    peakBytes: () => peak,
  };
}

function watchMemory(byteSize: number, onChunk: (chunk: Buffer) => void) {
  const meter = peakMeter();
  const chunks = (function* () {
    for (let left = byteSize; left > 0; left -= CHUNK_BYTES) {
      const chunk = Buffer.alloc(CHUNK_BYTES, left / CHUNK_BYTES);
      onChunk(chunk);
      meter.pass(chunk.length);
      yield chunk;
    }
  })();
  return { chunks, peakBytes: meter.peakBytes };
}

function memorySink(onChunk: (chunk: Buffer) => void) {
  const meter = peakMeter();
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      onChunk(chunk);
      meter.pass(chunk.length);
      done();
    },
  });
  return { stream, peakBytes: meter.peakBytes };
}
