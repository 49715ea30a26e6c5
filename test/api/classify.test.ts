import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { sample, truncated } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const CLASSIFY = `query ($assetId: ID, $image: Upload, $labels: [String!]!, $templates: [String!], $multiLabel: Boolean! = false) {
  zeroShotClassify(assetId: $assetId, image: $image, labels: $labels, templates: $templates, multiLabel: $multiLabel) {
    label score probability } }`;
const LABELS = ['dog', 'Coffee', 'castle'];

interface Classified {
  readonly label: string;
  readonly score: number;
  readonly probability: number;
}

describe('zero-shot classification', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let assetId: string;
  let failedId: string;
  beforeAll(async () => {
    server = await startServer({ database });
    const coffee = sample('cup-of-coffee');
    const cut = { name: 'cut.jpg', bytes: truncated(sample('cat-face').bytes as Buffer<ArrayBuffer>) };
    [assetId, failedId] = (await server.add([coffee, cut])) as [string, string];
  });
  afterAll(() => server.close());

  const classify = async (variables: object): Promise<Classified[]> =>
    (await server.data(CLASSIFY, { assetId, labels: LABELS, ...variables })).zeroShotClassify;

  test('the coffee is coffee: every label as it was given, best first, and 1 in all', async () => {
    const labels = await classify({});
    expect(labels[0]!.label).toBe('Coffee');
    expect(labels.map(({ label }) => label).sort()).toEqual(LABELS.toSorted());
    expect(labels.map(({ probability }) => probability)).toEqual(
      labels.map(({ probability }) => probability).toSorted((a, b) => b - a),
    );
    expect(labels.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    expect(labels[0]!.probability).toBeGreaterThan(0.9);
  });

  test('an uploaded picture is classified like the asset of the same file, and is not kept', async () => {
    const { data } = await server.multipart(
      CLASSIFY,
      { image: null, labels: LABELS },
      { image: sample('cup-of-coffee') },
    );
    const ofAsset = await classify({});
    expect(data.zeroShotClassify.map(({ label }: Classified) => label)).toEqual(ofAsset.map(({ label }) => label));
    expect(data.zeroShotClassify[0].score).toBeCloseTo(ofAsset[0]!.score, 3);
    expect((await server.data('{ assets { totalCount } }')).assets.totalCount).toBe(2);
  });

  test('independent probabilities let several labels fit, or none', async () => {
    const fits = await classify({ labels: ['espresso', 'drink', 'castle'], multiLabel: true });
    const probability = (label: string) => fits.find((fit) => fit.label === label)!.probability;
    expect(probability('espresso')).toBeGreaterThan(0.5);
    expect(probability('drink')).toBeGreaterThan(0.5);
    expect(probability('castle')).toBeLessThan(0.5);
    const none = await classify({ labels: ['castle', 'dog'], multiLabel: true });
    expect(none.every(({ probability }) => probability < 0.5)).toBe(true);
  });

  test('a label has the same independent probability in any company', async () => {
    const of = async (labels: string[]) =>
      (await classify({ labels, multiLabel: true })).find(({ label }) => label === 'coffee')!.probability;
    expect(await of(['coffee', 'dog', 'castle'])).toBeCloseTo(await of(['coffee']), 6);
  });

  test('templates are the prompts that a label is put into', async () => {
    const own = await classify({ templates: ['{}'] });
    const bare = await classify({ templates: ['a drawing of {}', '{} in the snow'] });
    expect(own[0]!.score).not.toBeCloseTo(bare[0]!.score, 4);
  });

  test('one label alone is certain', async () => {
    expect(await classify({ labels: ['castle'] })).toMatchObject([{ label: 'castle', probability: 1 }]);
  });

  test.each([
    ['no labels', { labels: [] }],
    ['1,001 labels', { labels: Array.from({ length: 1_001 }, (_, index) => `label ${index}`) }],
    ['two labels that differ by case', { labels: ['dog', 'Dog'] }],
    ['two labels that differ by space', { labels: ['big dog', ' big  dog '] }],
    ['an empty label', { labels: ['dog', ' '] }],
    ['a label of 201 characters', { labels: ['x'.repeat(201)] }],
    ['a template without {}', { templates: ['{}', 'a picture'] }],
    ['no templates', { templates: [] }],
    ['101 templates', { templates: Array.from({ length: 101 }, (_, index) => `{} ${index}`) }],
    ['a template of 301 characters', { templates: ['{}'.padEnd(301, 'x')] }],
    ['neither asset nor picture', { assetId: null }],
  ])('%s: an invalid argument', async (_, variables) => {
    expect(await server.code(CLASSIFY, { assetId, labels: LABELS, ...variables })).toBe('INVALID_ARGUMENT');
  });

  test('more than 50,000 prompts in all: an invalid argument, whatever they are made of', async () => {
    const numbers = (count: number, text: string) => Array.from({ length: count }, (_, index) => `${text} ${index}`);
    const [labels, templates] = [numbers(1_000, 'label'), numbers(51, '{}')];
    const received = {
      message: 'expected at most 50000 prompts in all for labels with their templates, received 51000',
    };
    expect((await server.gql(CLASSIFY, { assetId, labels, templates })).errors).toMatchObject([
      { ...received, extensions: { code: 'INVALID_ARGUMENT' } },
    ]);
    const create = 'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id } } }';
    const withSynonyms = labels.map((name) => ({ name, synonyms: numbers(50, 'word') }));
    const input = { name: 'Large', templates: ['{}'], labels: withSynonyms };
    const { id } = (await server.data(create, { input })).createLabelSet.labelSet;
    const run = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id) { userErrors { code } } }';
    expect((await server.gql(run, { id })).errors).toMatchObject([received]);
  });

  test('both an asset and a picture: an invalid argument', async () => {
    const { errors } = await server.multipart(
      CLASSIFY,
      { assetId, image: null, labels: LABELS },
      { image: sample('cat-face') },
    );
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });

  test('a failed asset has nothing to be classified by, and one that is not there neither', async () => {
    expect(await server.code(CLASSIFY, { assetId: failedId, labels: LABELS })).toBe('ASSET_FAILED');
    expect(await server.code(CLASSIFY, { assetId: 'no id', labels: LABELS })).toBe('ASSET_NOT_FOUND');
  });
});
