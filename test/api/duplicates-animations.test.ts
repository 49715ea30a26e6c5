import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf, sample } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

const GROUPS = `query ($kind: DuplicateKind!) { duplicateGroups(kind: $kind) {
  edges { node { keeper { originalName } duplicates { asset { originalName } } } } } }`;

interface Named {
  readonly originalName: string;
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** @param names samples, one a frame */
async function animation(name: string, names: readonly string[]): Promise<Upload> {
  const frames = names.map((frame) => sharp(sample(frame).bytes).resize(120, 90, { fit: 'fill' }).png());
  const images = await Promise.all(frames.map(bytesOf));
  const image = images.length > 1 ? sharp(images, { join: { animated: true } }) : sharp(images[0]);
  return { name, bytes: await bytesOf(name.endsWith('.gif') ? image.gif() : image.webp({ lossless: true })) };
}

async function groupsOf(kind: string): Promise<string[]> {
  const { edges } = (await server.data(GROUPS, { kind })).duplicateGroups;
  return edges
    .map(({ node }: { node: { keeper: Named; duplicates: { asset: Named }[] } }) =>
      [node.keeper, ...node.duplicates.map(({ asset }) => asset)]
        .map(({ originalName }) => originalName)
        .sort()
        .join(),
    )
    .sort();
}

test('animations that begin alike are no exact duplicates, of one another or of a picture', async () => {
  const first = 'harbour-boats';
  const files = await Promise.all(
    ['gif', 'webp'].flatMap((type) => [
      animation(`one.${type}`, [first, 'cat-face']),
      animation(`other.${type}`, [first, 'kite-in-sky']),
      animation(`still.${type}`, [first]),
    ]),
  );
  const { pages } = await sharp(files[0]!.bytes).metadata();
  expect(pages).toBe(2);
  const still = { name: 'still.png', bytes: await bytesOf(sharp(files[5]!.bytes).png()) };
  await server.add([...files, still]);
  expect(await groupsOf('EXACT')).toEqual(['still.png,still.webp']);
  // What is like the first frame is a near duplicate.
  expect(await groupsOf('NEAR')).toEqual([[...files, still].map(({ name }) => name).sort().join()]); // prettier-ignore
});
