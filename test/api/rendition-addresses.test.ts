import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';

const RENDITIONS =
  'query ($id: ID!) { asset(id: $id) { url thumbnail: rendition(size: THUMBNAIL) { url } preview: rendition(size: PREVIEW) { url } } }';
const RETRY = 'mutation ($ids: [ID!]!) { retryAssets(ids: $ids) { __typename } }';
const FOR_EVER = 'private, max-age=31536000, immutable';
const OLD_BYTES = 'as an earlier release made it';

describeOnAServer('the address of a rendition', (database) => {
  const both = useServerWithPool(database);

  const addresses = async (id: string) => {
    const { asset } = await both.server.data(RENDITIONS, { id });
    return { original: asset.url, thumbnail: asset.thumbnail.url, preview: asset.preview.url } as Record<
      string,
      string
    >;
  };
  const get = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, { headers });
    const [etag, cacheControl] = ['etag', 'cache-control'].map((name) => answer.headers.get(name));
    return { status: answer.status, etag, cacheControl, text: await answer.text() };
  };

  /** A picture whose thumbnail an earlier release made, of which the row has this digest. */
  async function withOldThumbnail(number: number, digest?: string): Promise<string> {
    const [id] = await both.server.add([await numberedPng(number)]);
    const path = (await both.server.storedFiles()).find(
      (file) => file.includes(id!) && file.endsWith('thumbnail.webp'),
    )!;
    await writeFile(join(both.server.folder, 'files', path), OLD_BYTES);
    const info = { width: 1, height: 1, byteSize: OLD_BYTES.length, digest };
    await both.pool.query(
      `UPDATE asset SET state = 'FAILED', renditions = renditions || jsonb_build_object('THUMBNAIL', $2::jsonb) WHERE id = $1`,
      [id, JSON.stringify(info)],
    );
    return id!;
  }

  test.each([
    ['with', '0123456789abcdef', 1],
    ['without', undefined, 2],
  ])(
    '%s a digest changes when other bytes are made, and what was kept of it is not kept on',
    async (_, digest, number) => {
      const id = await withOldThumbnail(number, digest);
      const before = await addresses(id);
      expect(new URL(before['thumbnail']!).searchParams.get('v')).toBe(digest ?? null);
      const kept = await get(before['thumbnail']!);
      expect(kept).toMatchObject({ status: 200, cacheControl: FOR_EVER, text: OLD_BYTES });

      await both.server.data(RETRY, { ids: [id] });
      await both.server.waitUntilProcessed();
      const after = await addresses(id);
      expect([after['original'], after['preview']]).toEqual([before['original'], before['preview']]);
      expect(after['thumbnail']).not.toBe(before['thumbnail']);
      const made = await get(after['thumbnail']!);
      expect(made).toMatchObject({ status: 200, cacheControl: FOR_EVER });
      expect(made.text).not.toBe(OLD_BYTES);
      expect(made.etag).not.toBe(kept.etag);

      expect(await get(before['thumbnail']!, { 'if-none-match': kept.etag! })).toEqual({
        ...made,
        cacheControl: 'private, no-cache',
      });
      expect(await get(before['thumbnail']!, { 'if-none-match': made.etag! })).toMatchObject({ status: 304, text: '' });
    },
  );

  test('is not for ever while the picture is processed again', async () => {
    const [id] = await both.server.add([await numberedPng(3)]);
    const { thumbnail, original } = await addresses(id!);
    await both.pool.query(`UPDATE asset SET state = 'PENDING' WHERE id = $1`, [id]);
    expect((await get(thumbnail!)).cacheControl).toBe('private, no-cache');
    expect((await get(original!)).cacheControl).toBe(FOR_EVER);
  });
});
