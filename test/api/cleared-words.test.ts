import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { bytesOf, numbered, withIptc } from '../support/pictures.js';
import { openPool } from '../support/pool.js';
import { startServer, type TestServer } from '../support/server.js';

const WORDS = 'id state title description creator credit copyright tags rating';
const ASSET = `query ($id: ID!) { asset(id: $id) { ${WORDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: AssetInput!) {
  updateAsset(id: $id, input: $input) { asset { ${WORDS} } userErrors { code } } }`;
const IPTC = [
  ['2:05', 'Of the file'],
  ['2:25', 'harbour'],
  ['2:25', 'evening'],
  ['2:80', 'Jane Doe'],
  ['2:110', 'A paper'],
  ['2:116', 'All rights reserved'],
  ['2:120', 'The caption'],
] as const;

describeOnAServer('words of a file that a person cleared', (location) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database: location });
  });
  afterAll(() => server.close());

  const picture = async (number: number) =>
    withIptc(await bytesOf(numbered(number, { width: 80, height: 60 }).jpeg()), IPTC);
  const processAgain = async (id: string) => {
    const { pool, close } = await openPool(location);
    await pool.query(`UPDATE asset SET state = 'PENDING' WHERE id = $1`, [id]);
    await pool.query(
      `INSERT INTO job (id, library_id, kind, asset_id)
       SELECT gen_random_uuid(), library_id, 'PROCESS_ASSET', id FROM asset WHERE id = $1`,
      [id],
    );
    await close();
    await server.waitUntilProcessed();
    return (await server.data(ASSET, { id })).asset;
  };

  test('stay cleared when it is processed again', async () => {
    const { id } = await server.process(await picture(1), WORDS);
    const input = { title: null, description: '', creator: null, credit: '', copyright: ' ', tags: [], rating: null };
    const { asset } = (await server.data(UPDATE, { id, input })).updateAsset;
    const cleared = {
      title: null,
      description: null,
      creator: null,
      credit: null,
      copyright: null,
      tags: [],
      rating: null,
    };
    expect(asset).toMatchObject(cleared);
    expect(await processAgain(id)).toMatchObject({ state: 'READY', ...cleared });
  });

  test('are not taken where the upload says that there are none, nor where it is said before the file is read', async () => {
    const cleared = {
      title: null,
      description: null,
      creator: null,
      credit: null,
      copyright: 'All rights reserved',
      tags: [],
    };
    const asked = { title: null, description: '', creator: null, credit: '', tags: [] };
    expect(await server.process(await picture(2), WORDS, asked)).toMatchObject(cleared);

    const { id } = await server.process(await picture(3), WORDS);
    const { pool, close } = await openPool(location);
    await pool.query(
      `UPDATE asset SET state = 'PENDING', title = NULL, description = NULL, creator = NULL, credit = NULL, tags = '{}', settled_fields = '{}' WHERE id = $1`,
      [id],
    );
    await close();
    await server.data(UPDATE, { id, input: { title: null, creator: null } });
    expect(await processAgain(id)).toMatchObject({
      title: null,
      description: 'The caption',
      creator: null,
      credit: 'A paper',
      tags: ['harbour', 'evening'],
    });
  });

  test('tags that an upload adds come before those of the file, and those that it says in their place', async () => {
    const tagsOf = async (number: number, input: object) =>
      (await server.process(await picture(number), WORDS, input)).tags;
    expect(await tagsOf(14, { addTags: ['import-2026', 'evening'] })).toEqual(['import-2026', 'evening', 'harbour']);
    expect(await tagsOf(25, { tags: ['mine'] })).toEqual(['mine']);
    const { id, tags } = await server.process(await picture(36), WORDS, {});
    expect(tags).toEqual(['harbour', 'evening']);
    const { asset } = (await server.data(UPDATE, { id, input: { addTags: ['late', 'harbour'] } })).updateAsset;
    expect(asset.tags).toEqual(['harbour', 'evening', 'late']);
    expect(await server.code(UPDATE, { id, input: { addTags: ['a'], tags: ['b'] } })).toBe('INVALID_ARGUMENT');
  });
});
