import type { Exif } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { bytesOf, numbered, numberedPng, sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const RESOLVE = `mutation ($keep: ID!, $trash: [ID!]!) { resolveDuplicates(keep: $keep, trash: $trash) {
  keeper { id tags labels { name source state } } trashed { id } userErrors { code assetId message } } }`;
const CREATE_SET = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }`;
const CLASSIFY = `mutation ($labelSetId: ID!) { classifyAssets(labelSetId: $labelSetId, threshold: 0) { userErrors { code } } }`;
const ADD_LABELS = `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
  addLabels(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`;
const UNDO = `mutation ($batchId: ID) { undoReview(batchId: $batchId) { batchId undoneCount userErrors { code } } }`;
const HISTORY = `query ($id: ID!) { labelHistory(assetId: $id) {
  edges { node { batchId kind labelName fromState state source revision } } } }`;
const ASSET = 'query ($id: ID!) { asset(id: $id) { tags trashedAt labels { name state } } }';
const CREATE_COLLECTION = `mutation ($input: CollectionInput!) { createCollection(input: $input) { collection { id } } }`;
const ADD_TO_COLLECTION = `mutation ($id: ID!, $assetIds: [ID!]!) {
  addToCollection(id: $id, assetIds: $assetIds) { collection { id updatedAt } } }`;
const UPDATE = 'mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { asset { tags } } }';

interface Label {
  readonly name: string;
  readonly state: string;
}

describeOnEveryDatabase('resolving duplicates', (database) => {
  let server: TestServer;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    server = await startServer({ database });
  });
  afterAll(async () => {
    await server.close();
    await receiver.close();
  });

  let last = 0;
  const add = async (count: number) =>
    server.add(await Promise.all(Array.from({ length: count }, () => numberedPng((last += 1)))));
  const resolve = async (keep: string, trash: string[]) =>
    (await server.data(RESOLVE, { keep, trash })).resolveDuplicates;
  const decide = (assetId: string, labelId: string | undefined, state: 'ACCEPTED' | 'REJECTED') =>
    server.data(DECIDE, { decisions: [{ assetId, labelId, state }] });
  const exclusiveSet = async (name: string, labels: string[]) => {
    const input = { name, isExclusive: true, labels: labels.map((label) => ({ name: label })) };
    const { labelSet } = (await server.data(CREATE_SET, { input })).createLabelSet;
    const found = labelSet.labels as { id: string; name: string }[];
    return {
      id: labelSet.id as string,
      labelIds: labels.map((label) => found.find((each) => each.name === label)!.id),
    };
  };
  const labelsOf = async (id: string): Promise<string[]> =>
    ((await server.data(ASSET, { id })).asset.labels as Label[]).map(({ name, state }) => `${name} ${state}`).sort();
  const historyOf = async (id: string) =>
    (await server.data(HISTORY, { id })).labelHistory.edges.map(({ node }: { node: object }) => node);

  test('the keeper has one accepted label of an exclusive set: its own, or else the one decided last', async () => {
    const { labelIds } = await exclusiveSet('Shot', ['wide', 'close', 'detail']);
    const [wide, close, detail] = labelIds as [string, string, string];
    const [own, first, keep, earlier, later] = (await add(5)) as [string, string, string, string, string];
    await decide(own, wide, 'ACCEPTED');
    await decide(first, close, 'ACCEPTED');
    await decide(first, detail, 'REJECTED');
    await resolve(own, [first]);
    expect(await labelsOf(own)).toEqual(['wide ACCEPTED']);
    // What did not move is where it was.
    expect(await labelsOf(first)).toEqual(['close ACCEPTED']);
    expect(await historyOf(first)).toContainEqual(expect.objectContaining({ labelName: 'close', state: 'ACCEPTED' }));

    await decide(earlier, wide, 'ACCEPTED');
    await decide(later, close, 'ACCEPTED');
    await resolve(keep, [earlier, later]);
    expect(await labelsOf(keep)).toEqual(['close ACCEPTED']);
  });

  test('the keeper is given date, camera and place, each of one, where it has none', async () => {
    const exif = (number: number, IFD0: object, IFD2: object, IFD3: object) =>
      bytesOf(
        numbered(number)
          .withExif({ IFD0, IFD2, IFD3 } as Exif)
          .jpeg(),
      );
    const PLACE = {
      GPSLatitudeRef: 'N',
      GPSLatitude: '47/1 0/1 0/1',
      GPSLongitudeRef: 'E',
      GPSLongitude: '8/1 0/1 0/1',
    };
    const files = [
      await exif(1, { Make: 'Scanner' }, {}, {}),
      await exif(2, { Make: 'Camera', Model: 'One' }, { DateTimeOriginal: '2020:01:02 03:04:05' }, {}),
      await exif(3, {}, { DateTimeOriginal: '2021:01:02 03:04:05' }, PLACE),
    ];
    const [keep, ...others] = await server.add(files.map((bytes, at) => ({ name: `exif${at}.jpg`, bytes })));
    await resolve(keep!, others);
    const { asset } = await server.data(
      `query ($id: ID!) { asset(id: $id) { capturedAt camera { make model } position { latitude longitude } } }`,
      { id: keep },
    );
    expect(asset).toEqual({
      capturedAt: '2020-01-02T03:04:05.000Z',
      camera: { make: 'Scanner', model: null },
      position: { latitude: 47, longitude: 8 },
    });
  });

  test('an accepted label of an exclusive set takes the place of what a model suggests of it', async () => {
    const [cat, boats] = (await server.add([sample('cat-face'), sample('boats-at-sunset')])) as [string, string];
    const { id: labelSetId, labelIds } = await exclusiveSet('What', ['cat', 'kite']);
    await decide(boats, labelIds[1], 'ACCEPTED');
    await server.data(CLASSIFY, { labelSetId });
    await server.waitUntilProcessed();
    expect(await labelsOf(cat)).toEqual(['cat SUGGESTED']);
    await resolve(cat, [boats]);
    expect(await labelsOf(cat)).toEqual(['kite ACCEPTED']);
  });

  test('what becomes of labels is in the history, is told to webhooks, and is no batch to undo', async () => {
    const [keep, other] = (await add(2)) as [string, string];
    const url = receiver.url('/labels');
    const { createWebhook } = await server.data(
      'mutation ($url: String!) { createWebhook(url: $url, events: [LABELS_CHANGED]) { webhook { id } } }',
      { url },
    );
    await server.data(ADD_LABELS, { assetIds: [keep], labels: ['mine'] });
    await server.data(ADD_LABELS, { assetIds: [other], labels: ['mine', 'given'] });
    const told = async () =>
      (
        await server.data(
          `query ($id: ID!) { webhookDeliveries(webhookId: $id) { edges { node { event assetId } } } }`,
          createWebhook.webhook,
        )
      ).webhookDeliveries.edges.filter(({ node }: { node: { assetId: string } }) => node.assetId === keep).length;
    const before = await told();
    await resolve(keep, [other]);
    expect(await told()).toBe(before + 1);

    const [event, ...rest] = await historyOf(keep);
    expect(event).toEqual({
      batchId: expect.any(String),
      kind: 'DUPLICATES',
      labelName: 'given',
      fromState: null,
      state: 'ACCEPTED',
      source: 'HUMAN',
      revision: 1,
    });
    expect(rest).toHaveLength(1);
    const { batchId } = event as { batchId: string };
    expect((await server.data(UNDO, { batchId })).undoReview.userErrors).toEqual([{ code: 'LABEL_BATCH_NOT_FOUND' }]);
    // The last one that can be undone is that of the other asset, and the keeper keeps what it was given.
    expect((await server.data(UNDO)).undoReview).toMatchObject({ undoneCount: 2, userErrors: [] });
    expect(await labelsOf(other)).toEqual([]);
    expect(await labelsOf(keep)).toEqual(['given ACCEPTED', 'mine ACCEPTED']);
    await server.data('mutation ($id: ID!) { deleteWebhook(id: $id) { deletedId } }', createWebhook.webhook);
  });

  test('more tags than an asset may have are refused, and nothing is changed', async () => {
    const [keep, other] = (await add(2)) as [string, string];
    const tags = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `tag ${from + index}`);
    await server.data(UPDATE, { id: keep, input: { tags: tags(0, 120) } });
    await server.data(UPDATE, { id: other, input: { tags: tags(100, 201) } });
    await server.data(ADD_LABELS, { assetIds: [other], labels: ['lost'] });
    const refused = await resolve(keep, [other]);
    expect(refused).toMatchObject({ keeper: { id: keep, labels: [] }, trashed: [] });
    expect(refused.userErrors).toEqual([
      { code: 'TOO_MANY_TAGS', assetId: keep, message: 'expected at most 200 tags for the tags of all, received 201' },
    ]);
    expect((await server.data(ASSET, { id: keep })).asset.tags).toEqual(tags(0, 120));
    expect((await server.data(ASSET, { id: other })).asset.trashedAt).toBeNull();
    await server.data(UPDATE, { id: other, input: { tags: tags(100, 200) } });
    const { keeper, trashed } = await resolve(keep, [other]);
    expect(trashed).toEqual([{ id: other }]);
    expect(keeper.tags).toEqual(tags(0, 200));
    expect((await server.data(UPDATE, { id: keep, input: { tags: keeper.tags } })).updateAsset.asset.tags).toHaveLength(200); // prettier-ignore
  });

  test('collections are updated where the keeper comes into one or onto its cover, and only there', async () => {
    const [keep, other] = (await add(2)) as [string, string];
    const create = async (name: string, assetIds: string[], coverId?: string) => {
      const { createCollection } = await server.data(CREATE_COLLECTION, { input: { name, coverId } });
      const { id } = createCollection.collection as { id: string };
      const { addToCollection } = await server.data(ADD_TO_COLLECTION, { id, assetIds });
      return addToCollection.collection as { id: string; updatedAt: string };
    };
    const gained = await create('With the other', [other]);
    const covered = await create('With both, the other on the cover', [keep, other], other);
    const same = await create('With both', [keep, other]);
    await resolve(keep, [other]);
    const isUpdated = async ({ id, updatedAt }: { id: string; updatedAt: string }) =>
      (await server.data('query ($id: ID!) { collection(id: $id) { updatedAt } }', { id })).collection.updatedAt >
      updatedAt;
    expect(await Promise.all([gained, covered, same].map(isUpdated))).toEqual([true, true, false]);
  });
});
