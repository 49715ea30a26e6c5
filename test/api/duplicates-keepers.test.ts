import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytesOf, sample } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const EXACT = `{ duplicateGroups(kind: EXACT) { edges { node { keeper { originalName } duplicates { asset { originalName } } } } } }`;
const GROUPS = `query ($after: String) { duplicateGroups(kind: NEAR, first: 1, after: $after) {
  edges { node { keeper { originalName } keeperReason duplicates { asset { originalName } } } }
  pageInfo { hasNextPage endCursor } } }`;

interface Named {
  readonly originalName: string;
}
interface Page {
  readonly edges: readonly { node: { keeper: Named; keeperReason: string; duplicates: { asset: Named }[] } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Of as many pixels as its original; each was once taken for the sharper one. */
const COPIES: Readonly<Record<string, (image: Sharp) => Sharp>> = {
  'q70.jpg': (image) => image.jpeg({ quality: 70 }),
  'q80.jpg': (image) => image.jpeg({ quality: 80 }),
  'q90.jpg': (image) => image.jpeg({ quality: 90 }),
  'brighter.jpg': (image) => image.linear(1.05, 0).jpeg({ quality: 90 }),
  '80.webp': (image) => image.webp({ quality: 80 }),
};
const PICTURES = ['alpine-mountains', 'grass-texture', 'retina-scan'];

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

async function copyOf({ bytes }: Upload, name: string, make: (image: Sharp) => Sharp): Promise<Upload> {
  return { name, bytes: await bytesOf(make(sharp(bytes))) };
}

/** From page to page: keeper, reason, others. */
async function groups(): Promise<[string, string, string[]][]> {
  const found: [string, string, string[]][] = [];
  for (let after: string | null = null, hasNextPage = true; hasNextPage;) {
    const page: Page = (await server.data(GROUPS, { after })).duplicateGroups;
    for (const { node } of page.edges) {
      const others = node.duplicates.map(({ asset }) => asset.originalName);
      found.push([node.keeper.originalName, node.keeperReason, others.sort()]);
    }
    ({ endCursor: after, hasNextPage } = page.pageInfo);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

test('an original is kept, however it was compressed again or slightly edited', async () => {
  const originals = PICTURES.map(sample);
  for (const original of originals) await server.add([original]);
  const namesOf = ({ name }: Upload) => Object.keys(COPIES).map((copy) => `${name}-${copy}`);
  const copies = originals.flatMap((original) =>
    Object.entries(COPIES).map(([copy, make]) => copyOf(original, `${original.name}-${copy}`, make)),
  );
  await server.add(await Promise.all(copies));
  expect(await groups()).toEqual(originals.map((original) => [original.name, 'OLDEST', namesOf(original).sort()]));
});

test('a sharp picture is kept before a blurred or enlarged one of its size that was there earlier', async () => {
  const originals = ['brick-wall', 'harbour-boats'].map(sample);
  const blurred = (image: Sharp) => image.blur(2).jpeg({ quality: 90 });
  for (const original of originals) {
    const { width, height } = await sharp(original.bytes).metadata();
    const small = await bytesOf(sharp(original.bytes).resize(Math.round(width / 4)));
    const enlarged = { name: original.name, bytes: small };
    await server.add([
      await copyOf(original, `blurred-${original.name}`, blurred),
      await copyOf(enlarged, `enlarged-${original.name}`, (image) => image.resize(width, height, { fit: 'fill' })),
    ]);
  }
  await server.add(originals);
  expect(await groups()).toEqual(
    originals.map(({ name }) => [name, 'SHARPEST', [`blurred-${name}`, `enlarged-${name}`]]),
  );
});

test('of those captured at one time the least compressed is kept, though it was uploaded later', async () => {
  const EXIF = { IFD2: { DateTimeOriginal: '2020:01:02 03:04:05' } };
  const { name, bytes } = sample('alpine-mountains');
  const photo = { name, bytes: await bytesOf(sharp(bytes).resize(640).withExif(EXIF).jpeg({ quality: 95 })) };
  await server.add([await copyOf(photo, `copy-${name}`, (image) => image.keepExif().jpeg({ quality: 70 }))]);
  await server.add([photo]);
  expect(await groups()).toEqual([[name, 'MOST_BYTES', [`copy-${name}`]]]);
});

test('a master of 16 bits a channel is no exact duplicate of its copy of 8 bits, and is kept', async () => {
  const copy = await copyOf(sample('harbour-boats'), 'copy.png', (image) => image.resize(640).png());
  const copies = [copy, await copyOf(copy, 'copy.webp', (image) => image.webp({ lossless: true }))];
  const deep = (image: Sharp) => image.toColourspace('rgb16');
  await server.add(copies);
  await server.add([await copyOf(copy, 'master.png', (image) => deep(image).png())]);
  expect(await groups()).toEqual([['master.png', 'DEEPEST', ['copy.png', 'copy.webp']]]);
  await server.add([await copyOf(copy, 'master.tif', (image) => deep(image).tiff({ compression: 'lzw' }))]);
  const { edges } = (await server.data(EXACT)).duplicateGroups;
  const names = edges.map(({ node }: Page['edges'][number]) =>
    [node.keeper, ...node.duplicates.map(({ asset }) => asset)].map(({ originalName }) => originalName).sort(),
  );
  expect(names.sort()).toEqual([
    ['copy.png', 'copy.webp'],
    ['master.png', 'master.tif'],
  ]);
});
