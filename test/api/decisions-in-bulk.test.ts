import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const UPDATE =
  'mutation ($id: ID!, $input: LabelSetPatch!) { updateLabelSet(id: $id, input: $input) { userErrors { code } } }';
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id, threshold: 0.5) { userErrors { code } } }';
const ACCEPT = 'mutation ($id: ID!) { acceptAllAbove(labelSetId: $id, probability: 0.5) { batchId acceptedCount } }';
const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const UNDO = 'mutation ($batchId: ID!) { undoReview(batchId: $batchId) { undoneCount conflicts { labelId } } }';
const TRAIN = 'mutation ($id: ID!) { trainLabelSet(labelSetId: $id) { head { decisions } userErrors { code } } }';
const QUALITY = 'query ($id: ID!) { labelSetQuality(labelSetId: $id) { versions { state decisions } } }';
const MERGE =
  'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { userErrors { code } } }';
const RESOLVE = `mutation ($keep: ID!, $trash: [ID!]!) {
  resolveDuplicates(keep: $keep, trash: $trash) { keeper { labels { name source state } } } }`;

/** What the watch does by itself is soon seen. */
const WATCHED = { timeout: 60_000, interval: 200 };
/** More than the ten that a set learns by itself from. */
const COUNT = 22;

describeOnEveryDatabase('what was accepted in bulk', (database) => {
  let server: TestServer;
  let pictures: string[];
  beforeAll(async () => {
    server = await startServer({ database });
    const all = Array.from({ length: COUNT }, (_, index) => numberedPng(0x00d0 + index));
    pictures = await server.add(await Promise.all(all));
  });
  afterAll(() => server.close());

  const create = async (name: string, isExclusive: boolean) => {
    const input = { name, isExclusive, labels: [{ name: 'green' }, { name: 'kite' }, { name: 'pink' }] };
    const { id, labels } = (await server.data(CREATE, { input })).createLabelSet.labelSet;
    const [green, kite, pink] = (labels as { id: string }[]).map((label) => label.id) as [string, string, string];
    return { id: id as string, green, kite, pink };
  };
  const acceptAll = async (id: string) => {
    expect((await server.data(CLASSIFY, { id })).classifyAssets.userErrors).toEqual([]);
    await server.waitUntilProcessed();
    const { batchId, acceptedCount } = (await server.data(ACCEPT, { id })).acceptAllAbove;
    expect(acceptedCount).toBe(COUNT);
    return batchId as string;
  };
  const decide = async (assetIds: string[], labelId: string, state: string) => {
    const decisions = assetIds.map((assetId) => ({ assetId, labelId, state }));
    return (await server.data(DECIDE, { decisions })).reviewLabels.batchId as string | null;
  };
  /** How many decisions a set learns from. */
  const taught = async (id: string) => {
    const { head, userErrors } = (await server.data(TRAIN, { id })).trainLabelSet;
    if (head === null) expect(userErrors).toEqual([{ code: 'LABEL_DECISIONS_MISSING' }]);
    return (head?.decisions ?? 0) as number;
  };
  const versions = async (id: string) =>
    (await server.data(QUALITY, { id })).labelSetQuality.versions as { state: string; decisions: number }[];
  /** When this set has learned twice there was time to look at all others. */
  const watchPasses = async () => {
    const { id, green, pink } = await create(randomUUID(), true);
    for (const [count, labelId] of [pink, green].entries()) {
      await decide(pictures, labelId, 'ACCEPTED');
      await vi.waitFor(async () => expect((await versions(id)).length).toBeGreaterThan(count), WATCHED);
    }
  };

  test('teaches an exclusive set nothing, neither by itself nor when it is asked to learn', async () => {
    const { id } = await create('Bulk', true);
    await acceptAll(id);
    await watchPasses();
    expect(await versions(id)).toEqual([]);
    expect(await taught(id)).toBe(0);
    // Of labels that do not compete what was accepted needs others that were rejected, see docs/decisions/016.
    await server.data(UPDATE, { id: id, input: { isExclusive: false } });
    expect(await taught(id)).toBe(COUNT);
  });

  test('teaches once somebody decides of that very picture, until that is taken back', async () => {
    const { id, green, kite } = await create('Looked at', true);
    const bulkId = await acceptAll(id);
    const [upheld, rejected, renamed] = pictures as [string, string, string];
    expect(await decide([upheld], green, 'ACCEPTED')).toBeNull();
    expect(await taught(id)).toBe(1);
    const rejection = await decide([rejected], green, 'REJECTED');
    expect(await taught(id)).toBe(1);
    await decide([renamed], kite, 'ACCEPTED');
    expect(await taught(id)).toBe(2);
    expect((await server.data(UNDO, { batchId: rejection })).undoReview).toEqual({ undoneCount: 1, conflicts: [] });
    expect(await taught(id)).toBe(2);
    const { conflicts } = (await server.data(UNDO, { batchId: bulkId })).undoReview;
    expect(conflicts).toEqual([{ labelId: green }]);
    expect(await taught(id)).toBe(1);
  });

  test('does not take back with it what single decisions taught', async () => {
    const { id, pink } = await create('Both', true);
    const batchId = await acceptAll(id);
    await decide(pictures.slice(0, COUNT / 2), pink, 'ACCEPTED');
    expect(await taught(id)).toBe(COUNT / 2);
    const active = [{ state: 'ACTIVE', decisions: COUNT / 2 }];
    expect(await versions(id)).toEqual(active);
    expect((await server.data(UNDO, { batchId })).undoReview).toMatchObject({ undoneCount: COUNT / 2 });
    await watchPasses();
    expect(await versions(id)).toEqual(active);
  });

  test('is what a person said of it where they said the same of a label that it became one with', async () => {
    const { id, green, kite } = await create('Merged', true);
    await acceptAll(id);
    // So that both can be accepted.
    await server.data(UPDATE, { id, input: { isExclusive: false } });
    await decide(pictures.slice(0, 1), kite, 'ACCEPTED');
    await server.data(MERGE, { ids: [kite], intoId: green });
    await server.data(UPDATE, { id, input: { isExclusive: true } });
    expect(await taught(id)).toBe(1);
  });

  test('does not teach by becoming another label, or being given to another picture', async () => {
    const { id, green, kite } = await create('Carried', true);
    await acceptAll(id);
    const [upheld, copied] = pictures as [string, string];
    await decide([upheld], green, 'ACCEPTED');
    await server.data(MERGE, { ids: [green], intoId: kite });
    expect(await taught(id)).toBe(1);
    const [copy] = await server.add([await numberedPng(0x00f0)]);
    const { keeper } = (await server.data(RESOLVE, { keep: copy, trash: [copied] })).resolveDuplicates;
    expect(keeper.labels).toContainEqual({ name: 'kite', source: 'HUMAN', state: 'ACCEPTED' });
    expect(await taught(id)).toBe(1);
  });

  test('is what a person said of a duplicate instead', async () => {
    const { id, pink } = await create('Duplicates', true);
    await acceptAll(id);
    const [kept] = pictures as [string];
    const [copy] = await server.add([await numberedPng(0x00f1)]);
    await decide([copy!], pink, 'ACCEPTED');
    expect(await taught(id)).toBe(1);
    const { keeper } = (await server.data(RESOLVE, { keep: kept, trash: [copy] })).resolveDuplicates;
    expect(keeper.labels).toContainEqual({ name: 'pink', source: 'HUMAN', state: 'ACCEPTED' });
    await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { deletedIds } }', { ids: [copy] });
    expect(await taught(id)).toBeGreaterThan(0);
  });
});
