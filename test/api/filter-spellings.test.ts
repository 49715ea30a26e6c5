import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { tiff } from '../support/exif.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

/** With letters and accents apart, as macOS has names of files. */
const apart = (text: string) => text.normalize('NFD');
const LIST = '(filter: $filter) { edges { node { id } } }';

describeOnEveryDatabase('texts of a filter', (database) => {
  let server: TestServer;
  let id: string;
  beforeAll(async () => {
    server = await startServer({ database });
    const bytes = tiff([[0x010f, Buffer.from('Argo İzmir').toString('latin1')]]);
    [id] = (await server.add([{ name: apart('Bélgica.tif'), bytes }], {
      title: ` ${apart('Île-de-France')} `,
      tags: [apart('Málaga'), ' padded '],
    })) as [string];
    await server.add([await numberedPng(1)]);
    await server.waitUntilProcessed();
  });
  afterAll(() => server.close());

  test.each<[object]>([
    [{ tagsAny: [apart('Málaga')] }],
    [{ tagsAny: ['Málaga'] }],
    [{ tagsAll: [' padded ', apart('Málaga')] }],
    [{ tagsAny: ['pad\u0007ded'] }],
    [{ not: { tagsNone: [' padded'] } }],
    [{ text: apart('Bélgica') }],
    [{ text: `${apart('île-de')} ` }],
    [{ cameraMakes: [' ARGO İzmir '] }],
    [{ cameraMakes: ['Argo İzmir'] }],
    [{ mimeTypes: ['image/TIFF'] }],
  ])('%j are taken as they would be stored', async (filter) => {
    const query = `query ($filter: AssetFilter) { assets${LIST} searchByText(query: "red", mode: SEMANTIC, ${LIST.slice(1)} }`;
    const { assets, searchByText } = await server.data(query, { filter });
    expect([assets.edges, searchByText.edges]).toEqual([[{ node: { id } }], [{ node: { id } }]]);
    const create = `mutation ($input: CollectionInput!) { createCollection(input: $input) { collection { assets { edges { node { id } } } } } }`;
    const { createCollection } = await server.data(create, {
      input: { name: randomUUID(), query: { filter } },
    });
    expect(createCollection.collection.assets.edges).toEqual([{ node: { id } }]);
  });
});
