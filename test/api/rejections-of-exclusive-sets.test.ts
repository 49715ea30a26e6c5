import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const UNDO = 'mutation ($batchId: ID!) { undoReview(batchId: $batchId) { undoneCount } }';
const TRAIN = `mutation ($id: ID!) { trainLabelSet(labelSetId: $id) {
  head { version state decisions pictures } userErrors { code message } } }`;
const QUALITY = `query ($id: ID!) { labelSetQuality(labelSetId: $id) { versions { version state decisions }
  labels { acceptedCount rejectedCount after { precision } } } }`;

/** What the watch does by itself is soon seen. */
const WATCHED = { timeout: 60_000, interval: 200 };
/** Of each of two colours; people accept a label of the first eight. */
const OF_EACH = 10;
const ACCEPTED = 8;

describeOnEveryDatabase('what was rejected of labels that compete', (database) => {
  let server: TestServer;
  let pinkOnes: string[];
  let greenOnes: string[];
  beforeAll(async () => {
    server = await startServer({ database });
    const numbers = (from: number, step: number) => Array.from({ length: OF_EACH }, (_, index) => from + step * index);
    const pictures = [...numbers(0xe000, 0x0100), ...numbers(0x00d0, 1)].map((number) => numberedPng(number));
    const added = await server.add(await Promise.all(pictures));
    [pinkOnes, greenOnes] = [added.slice(0, OF_EACH), added.slice(OF_EACH)];
  });
  afterAll(() => server.close());

  const create = async (name: string) => {
    const input = { name, isExclusive: true, labels: [{ name: 'cat' }, { name: 'green' }, { name: 'pink' }] };
    const { id, labels } = (await server.data(CREATE, { input })).createLabelSet.labelSet;
    const [cat, green, pink] = (labels as { id: string }[]).map((label) => label.id) as [string, string, string];
    return { id: id as string, cat, green, pink };
  };
  const decide = async (assetIds: string[], labelId: string, state: string) => {
    const decisions = assetIds.map((assetId) => ({ assetId, labelId, state }));
    return (await server.data(DECIDE, { decisions })).reviewLabels.batchId as string;
  };
  /** Words of the library's own, which mean the opposite of what a model takes them for. */
  const acceptOthers = async ({ green, pink }: { green: string; pink: string }) => {
    await decide(pinkOnes.slice(0, ACCEPTED), green, 'ACCEPTED');
    await decide(greenOnes.slice(0, ACCEPTED), pink, 'ACCEPTED');
  };
  const train = async (id: string) => (await server.data(TRAIN, { id })).trainLabelSet;
  const quality = async (id: string) => (await server.data(QUALITY, { id })).labelSetQuality;
  const learned = { version: 1, state: 'ACTIVE', decisions: 2 * ACCEPTED };
  /** When this set has learned twice there was time to look at all others. */
  const watchPasses = async () => {
    const { id, green, pink } = await create('Beside');
    for (const [count, labelId] of [pink, green].entries()) {
      await decide([...pinkOnes, ...greenOnes], labelId, 'ACCEPTED');
      await vi.waitFor(async () => expect((await quality(id)).versions.length).toBeGreaterThan(count), WATCHED);
    }
  };

  test('is nothing to learn from, and measures what was learned of others', async () => {
    const { id, green, pink } = await create('Measured');
    // What the words say of each, which would teach that it is the other one.
    await decide(pinkOnes, pink, 'REJECTED');
    await decide(greenOnes, green, 'REJECTED');
    expect(await train(id)).toEqual({
      head: null,
      userErrors: [
        {
          code: 'LABEL_DECISIONS_MISSING',
          message: 'expected labels that were accepted, but not in bulk, on pictures with an embedding, received none',
        },
      ],
    });
    await acceptOthers({ green, pink });
    expect((await train(id)).head).toMatchObject({ ...learned, pictures: 2 * ACCEPTED });
    // It suggests green for these two as well, so that of its ten suggestions eight are right.
    await decide(pinkOnes.slice(ACCEPTED), green, 'REJECTED');
    expect((await train(id)).head).toMatchObject({ ...learned, version: 2, pictures: 2 * ACCEPTED });
    expect((await quality(id)).labels).toMatchObject([
      { acceptedCount: 0 },
      { acceptedCount: ACCEPTED, rejectedCount: OF_EACH + OF_EACH - ACCEPTED, after: { precision: 0.8 } },
      { acceptedCount: ACCEPTED, after: { precision: 1 } },
    ]);
  });

  test('does not have it learn by itself, nor anew, nor forget, whether it is made or taken back', async () => {
    const all = [...pinkOnes, ...greenOnes];
    const only = await create('Only');
    await decide(all, only.cat, 'REJECTED');
    const made = await create('Made');
    await acceptOthers(made);
    expect((await train(made.id)).head).toMatchObject(learned);
    await decide(all, made.cat, 'REJECTED');
    const takenBack = await create('Taken back');
    const batchId = await decide(all, takenBack.cat, 'REJECTED');
    await acceptOthers(takenBack);
    expect((await train(takenBack.id)).head).toMatchObject(learned);
    expect((await server.data(UNDO, { batchId })).undoReview).toEqual({ undoneCount: all.length });
    await watchPasses();
    for (const { id } of [made, takenBack]) expect((await quality(id)).versions).toEqual([learned]);
    expect((await quality(only.id)).versions).toEqual([]);
  });
});
