import { expect, test } from 'vitest';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer } from '../support/databases.js';
import { interleave } from '../support/interleave.js';
import { insertAsset } from '../support/rows.js';
import { useServerWithPool } from '../support/server-with-pool.js';

const CREATE = `mutation ($name: String!, $labels: [LabelInput!]!) {
  createLabelSet(input: { name: $name, labels: $labels }) { labelSet { id labels { id name } } } }`;
const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const ADD = `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
  addLabels(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`;
const MERGE = `mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { label { name } userErrors { code } } }`;
const DELETE = 'mutation ($ids: [ID!]!) { deleteLabels(ids: $ids) { deletedIds userErrors { code } } }';
const MAKE_EXCLUSIVE =
  'mutation ($id: ID!) { updateLabelSet(id: $id, input: { isExclusive: true }) { userErrors { code } } }';
const ROLL_BACK = 'mutation ($id: ID!) { rollbackLabelSet(labelSetId: $id) { userErrors { code } } }';
const QUEUE = `query ($id: ID!) { reviewQueue(labelSetId: $id, order: CONFIDENT_FIRST, first: 1) {
  edges { node { asset { id } } } pageInfo { hasNextPage endCursor } } }`;
const SUGGESTIONS = `query ($id: ID!) { reviewQueue(labelSetId: $id) {
  edges { node { assignments { label { name } } } } } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name state } } }';

/** What locks the assets whose labels change. */
const LOCKS_ASSETS = /FROM "asset"\s[^;]*FOR NO KEY UPDATE/;

const idOf = (last: string) => `00000000-0000-4000-8000-00000000000${last}`;
// In the order in which they are locked.
const [LOW, HIGH] = ['a', 'b'].map(idOf) as [string, string];
/** Those that a model has suggested a label for, the surest first. */
const SUGGESTED = ['c', 'd'].map(idOf) as [string, string];
const [SET, LABEL] = ['1', '2'].map(idOf) as [string, string];

// Each order of locks that differs from another's would be a deadlock here.
describeOnAServer('labels that several people change at the same time', (database) => {
  const on = useServerWithPool(database, {
    prepare: async (prisma, libraryId) => {
      for (const id of [LOW, HIGH, ...SUGGESTED]) await insertAsset(prisma, libraryId, { id, state: 'READY' });
      await prisma.labelSet.create({ data: { id: SET, libraryId, name: 'Suggested', nameKey: 'suggested' } });
      await prisma.label.create({ data: { id: LABEL, libraryId, labelSetId: SET, name: 'maybe', nameKey: 'maybe' } });
      const suggested = { labelId: LABEL, source: 'MODEL', state: 'SUGGESTED', modelId: 'm' } as const;
      await prisma.assetLabel.createMany({
        data: SUGGESTED.map((assetId, index) => ({ assetId, ...suggested, probability: 0.9 - index / 10 })),
      });
    },
  });

  /** @returns the id of the set, and those of its labels */
  const labelSet = async (
    name: string,
    labels: { name: string; parent?: string }[],
  ): Promise<[string, ...string[]]> => {
    const { labelSet: set } = (await on.server.data(CREATE, { name, labels })).createLabelSet;
    const found = set.labels as { id: string; name: string }[];
    return [set.id as string, ...labels.map((label) => found.find((each) => each.name === label.name)!.id)];
  };
  const accept = (assetId: string, labelId: string | undefined) =>
    on.server.data(DECIDE, { decisions: [{ assetId, labelId, state: 'ACCEPTED' }] });
  const labelsOf = async (id: string): Promise<string[]> =>
    ((await on.server.data(LABELS, { id })).asset.labels as { name: string; state: string }[])
      .map(({ name, state }) => `${name} ${state}`)
      .sort();

  test('assets are given a label while others of theirs are merged', async () => {
    const [, kitty, cat] = await labelSet('Merged', [{ name: 'kitty' }, { name: 'cat' }]);
    await accept(LOW, cat);
    await accept(HIGH, kitty);
    let adding: Promise<{ addLabels: object }> | undefined;
    const { mergeLabels } = await interleave(
      LOCKS_ASSETS,
      async () => {
        adding = on.server.data(ADD, { assetIds: [LOW, HIGH], labels: ['given'] });
        await waitUntilBlocked(on.pool, 1);
      },
      () => on.server.data(MERGE, { ids: [kitty], intoId: cat }),
    );
    expect(mergeLabels).toEqual({ label: { name: 'cat' }, userErrors: [] });
    expect((await adding)!.addLabels).toEqual({ userErrors: [] });
    for (const id of [LOW, HIGH]) expect(await labelsOf(id)).toEqual(['cat ACCEPTED', 'given ACCEPTED']);
  });

  test('a label is deleted while what changed about its child is taken to assets', async () => {
    const [, animal, dog] = await labelSet('Kinds', [{ name: 'animal' }, { name: 'dog', parent: 'animal' }]);
    for (const labelId of [animal, dog]) await accept(LOW, labelId);
    const refreshing = await on.pool.connect();
    try {
      // As a job of the kind REFRESH_LABEL does.
      await refreshing.query('BEGIN');
      await refreshing.query('SELECT FROM label WHERE id = $1 FOR NO KEY UPDATE', [dog]);
      const deleting = on.server.data(DELETE, { ids: [animal] });
      await waitUntilBlocked(on.pool, 1);
      await refreshing.query('SELECT FROM asset WHERE id = $1 FOR NO KEY UPDATE', [LOW]);
      await refreshing.query('COMMIT');
      expect((await deleting).deleteLabels).toEqual({ deletedIds: [animal], userErrors: [] });
    } finally {
      refreshing.release();
    }
    expect(await labelsOf(LOW)).toContain('dog ACCEPTED');
    expect(await labelsOf(LOW)).not.toContain('animal ACCEPTED');
  });

  test('what is to be reviewed is decided of while it is listed: the page says that there is more', async () => {
    const { reviewQueue } = await interleave(
      /AS "ranked"/,
      () => accept(SUGGESTED[0], LABEL),
      () => on.server.data(QUEUE, { id: SET }),
    );
    expect(reviewQueue).toEqual({ edges: [], pageInfo: { hasNextPage: true, endCursor: expect.any(String) } });
    expect((await on.server.data(QUEUE, { id: SET })).reviewQueue).toMatchObject({
      edges: [{ node: { asset: { id: SUGGESTED[1] } } }],
      pageInfo: { hasNextPage: false },
    });
  });

  test('a set is made exclusive while an asset is given a second label of it', async () => {
    const [id, one, two] = await labelSet('Almost', [{ name: 'one' }, { name: 'two' }]);
    await accept(HIGH, one);
    let making: Promise<{ updateLabelSet: object }> | undefined;
    await interleave(
      LOCKS_ASSETS,
      async () => {
        making = on.server.data(MAKE_EXCLUSIVE, { id });
        await waitUntilBlocked(on.pool, 1);
      },
      () => accept(HIGH, two),
    );
    expect((await making)!.updateLabelSet).toEqual({ userErrors: [{ code: 'LABEL_SET_NOT_EXCLUSIVE' }] });
  });

  test('what a set has learned is taken back while the set is deleted off many assets', async () => {
    const [id] = await labelSet('Gone', [{ name: 'gone' }]);
    const { rollbackLabelSet } = await interleave(
      /FROM "public"\."label_set"/,
      () => on.pool.query('UPDATE label_set SET deleted_at = now() WHERE id = $1', [id]),
      () => on.server.data(ROLL_BACK, { id }),
    );
    expect(rollbackLabelSet).toEqual({ userErrors: [{ code: 'LABEL_SET_NOT_FOUND' }] });
  });

  test('what an asset is labelled with is read while some of it is deleted', async () => {
    const [, kept] = await labelSet('Kept', [{ name: 'kept' }]);
    const [, gone] = await labelSet('Read', [{ name: 'gone' }]);
    await accept(SUGGESTED[0], kept);
    await accept(SUGGESTED[0], gone);
    const { asset } = await interleave(
      /FROM "public"\."asset_label"/,
      () => on.server.data(DELETE, { ids: [gone] }),
      () => on.server.data(LABELS, { id: SUGGESTED[0] }),
    );
    const names = asset.labels.map(({ name }: { name: string }) => name);
    expect(names).toContain('kept');
    expect(names).not.toContain('gone');
  });

  test('a queue is read while what is suggested is deleted', async () => {
    const { reviewQueue } = await interleave(
      /FROM "public"\."asset_label"/,
      () => on.server.data(DELETE, { ids: [LABEL] }),
      () => on.server.data(SUGGESTIONS, { id: SET }),
    );
    expect(reviewQueue.edges).toEqual([]);
  });
});
