import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { bytesOf, sample } from '../support/pictures.js';
import { startSampleServer, type ScoredEdge } from '../support/sample-server.js';
import type { TestServer, Upload } from '../support/server.js';

const SIMILAR = `query ($assetId: ID, $assetIds: [ID!], $image: Upload, $crop: Crop, $withText: TextClue, $first: Int, $after: String) {
  similarImages(assetId: $assetId, assetIds: $assetIds, image: $image, crop: $crop, withText: $withText, first: $first, after: $after) {
    edges { score cursor node { id originalName } } } }`;
const CLASSIFY = `query ($assetId: ID, $crop: Crop) {
  zeroShotClassify(assetId: $assetId, crop: $crop, labels: ["a boat", "a flower"]) { label } }`;
const NAMES = ['boats-at-sunset', 'orange-dahlia', 'cat-face', 'temple-pagoda', 'brick-wall', 'moon-surface'];
const LEFT = { left: 0, top: 0, width: 0.5, height: 1 };
const RIGHT = { left: 0.5, top: 0, width: 0.5, height: 1 };
const TOP = { left: 0, top: 0, width: 1, height: 0.5 };

describe('a part of a picture', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let pair: string;
  let large: string;
  let turned: string;
  beforeAll(async () => {
    ({ server } = await startSampleServer(database, NAMES));
    // The third stands for what a camera held upright stores: lying pixels, and EXIF that says how to turn them.
    const lying = await sharp((await sideBySide(400)).bytes).rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer(); // prettier-ignore
    [pair, large, turned] = (await server.add([
      await sideBySide(400),
      { name: 'large.png', bytes: await bytesOf(sharp((await sideBySide(300)).bytes).extend({ right: 5_400, background: 'grey' }).png()) }, // prettier-ignore
      { name: 'turned.jpg', bytes: Buffer.from(lying) },
    ])) as [string, string, string];
  });
  afterAll(() => server.close());

  const similar = async (variables: object): Promise<ScoredEdge[]> =>
    (await server.data(SIMILAR, variables)).similarImages.edges;
  const namesOf = (edges: readonly ScoredEdge[]) =>
    edges.map(({ node }) => node.originalName).filter((name) => NAMES.includes(name.slice(0, -4)));

  test('of an asset finds what that part shows first', async () => {
    const left = await similar({ assetId: pair, crop: LEFT });
    expect(namesOf(left)[0]).toBe('boats-at-sunset.jpg');
    expect(left.find(({ node }) => node.originalName === 'boats-at-sunset.jpg')!.score).toBeGreaterThan(0.95);
    expect(left.some(({ node }) => node.id === pair)).toBe(false);
    expect(namesOf(await similar({ assetId: pair, crop: RIGHT }))[0]).toBe('orange-dahlia.jpg');
  });

  test('is of the upright picture', async () => {
    expect(namesOf(await similar({ assetId: turned, crop: LEFT }))[0]).toBe('boats-at-sunset.jpg');
    expect(namesOf(await similar({ assetId: turned, crop: RIGHT }))[0]).toBe('orange-dahlia.jpg');
  });

  test('is cut out of the original where the preview has too few pixels of it', async () => {
    const [dahlia] = await similar({ assetId: large, crop: { left: 0.05, top: 0, width: 0.05, height: 1 }, first: 1 });
    expect(dahlia!.node.originalName).toBe('orange-dahlia.jpg');
    // Of the 72 pixels that the preview has of it, the score is 0.54.
    expect(dahlia!.score).toBeGreaterThan(0.95);
  });

  test('of a picture that is sent along finds what that part shows, in any orientation', async () => {
    const lying = await bytesOf(sharp((await sideBySide(400)).bytes).rotate(-90).withMetadata({ orientation: 6 }).jpeg()); // prettier-ignore
    for (const image of [await sideBySide(400), { name: 'turned.jpg', bytes: lying }])
      for (const [crop, first] of [
        [LEFT, 'boats-at-sunset.jpg'],
        [RIGHT, 'orange-dahlia.jpg'],
      ])
        // prettier-ignore
        expect(namesOf(await sent(image, { crop }))[0]).toBe(first);
  });

  test('is steered by a text', async () => {
    const withText = { text: 'a cat', weight: 5 };
    expect(namesOf(await similar({ assetId: pair, crop: LEFT, withText }))[0]).toBe('cat-face.jpg');
    expect(namesOf(await sent(await sideBySide(400), { crop: LEFT, withText }))[0]).toBe('cat-face.jpg');
  });

  test('is classified by itself', async () => {
    const label = async (crop: object) =>
      (await server.data(CLASSIFY, { assetId: pair, crop })).zeroShotClassify[0].label;
    expect([await label(LEFT), await label(RIGHT)]).toEqual(['a boat', 'a flower']);
  });

  test('has cursors of its own', async () => {
    const [first, second] = await similar({ assetId: pair, crop: LEFT });
    expect((await similar({ assetId: pair, crop: LEFT, after: first!.cursor }))[0]).toEqual(second);
    for (const crop of [RIGHT, TOP, undefined])
      expect(await server.code(SIMILAR, { assetId: pair, crop, after: first!.cursor })).toBe('INVALID_CURSOR');
  });

  test.each([
    { ...LEFT, left: -0.1 },
    { ...LEFT, width: 1.1 },
    { ...RIGHT, width: 0.6 },
    { ...RIGHT, top: 0.9, height: 0.2 },
    { ...LEFT, width: 0 },
    { ...LEFT, height: -0.5 },
    { ...LEFT, width: 15 / 800 },
    { ...LEFT, left: 1e300 },
  ])('%j is no part of a picture', async (crop) => {
    expect(await server.code(SIMILAR, { assetId: pair, crop })).toBe('INVALID_ARGUMENT');
    const { errors } = await server.multipart(SIMILAR, { image: null, crop }, { image: await sideBySide(400) });
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });

  test('needs one picture that it is of', async () => {
    expect(await server.code(SIMILAR, { crop: LEFT })).toBe('INVALID_ARGUMENT');
    expect(await server.code(SIMILAR, { assetIds: [pair], crop: LEFT })).toBe('INVALID_ARGUMENT');
    expect(await server.code(SIMILAR, { assetId: 'none', crop: LEFT })).toBe('ASSET_NOT_FOUND');
  });

  async function sent(image: Upload, variables: object): Promise<ScoredEdge[]> {
    const { data } = await server.multipart(SIMILAR, { image: null, ...variables }, { image });
    return data.similarImages.edges;
  }
});

/** Boats on the left and a flower on the right, each a square. */
async function sideBySide(edge: number): Promise<Upload> {
  const [left, right] = await Promise.all(
    ['boats-at-sunset', 'orange-dahlia'].map((name) => sharp(sample(name).bytes).resize(edge, edge, { fit: 'fill' }).toBuffer()), // prettier-ignore
  );
  const pair = sharp({ create: { width: 2 * edge, height: edge, channels: 3, background: 'grey' } }).composite([
    { input: left!, left: 0, top: 0 },
    { input: right!, left: edge, top: 0 },
  ]);
  return { name: 'pair.png', bytes: await bytesOf(pair.png()) };
}
