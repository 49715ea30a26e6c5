import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf, sample } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const COPIES = 45;
const GROUPS = `{ duplicateGroups(kind: NEAR) { edges { node { size keeper { id } duplicates { asset { id } } } } } }`;
const SEARCH = `{ searchByText(query: "a cat", mode: SEMANTIC, collapseNearDuplicates: true) {
  edges { node { id } nearDuplicates { id } } } }`;

let server: TestServer;
let ids: string[];
beforeAll(async () => {
  server = await startServer({ settings: { WORKERS: '2' } });
  const { bytes } = sample('cat-face');
  const copies = Array.from({ length: COPIES }, async (_, copy): Promise<Upload> => {
    const image = sharp(bytes).resize({ width: 160 + 16 * (copy % 12) });
    return { name: `${copy}.jpg`, bytes: await bytesOf(image.jpeg({ quality: 40 + copy })) };
  });
  ids = await server.add(await Promise.all(copies));
});
afterAll(() => server.close());

test('any number of copies of a picture that come at a time are one group, and one place in a search', async () => {
  const { duplicateGroups } = await server.data(GROUPS);
  expect(duplicateGroups.edges.map(({ node }: { node: { size: number } }) => node.size)).toEqual([COPIES]);
  const { searchByText } = await server.data(SEARCH);
  expect(searchByText.edges).toHaveLength(1);
  expect(searchByText.edges[0].nearDuplicates).toHaveLength(COPIES - 1);
});

test('once the group is resolved, a copy that comes later is with the keeper', async () => {
  const [{ node }] = (await server.data(GROUPS)).duplicateGroups.edges;
  const trash = ids.filter((id) => id !== node.keeper.id);
  await server.data(
    `mutation ($keep: ID!, $trash: [ID!]!) { resolveDuplicates(keep: $keep, trash: $trash) { userErrors { code } } }`,
    { keep: node.keeper.id, trash },
  );
  expect((await server.data(GROUPS)).duplicateGroups.edges).toEqual([]);
  const image = sharp(sample('cat-face').bytes).resize({ width: 150 });
  const [late] = await server.add([{ name: 'late.jpg', bytes: await bytesOf(image.jpeg()) }]);
  const { edges } = (await server.data(GROUPS)).duplicateGroups;
  expect(edges).toMatchObject([{ node: { size: 2, keeper: node.keeper, duplicates: [{ asset: { id: late } }] } }]);
});
