import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) {
  outcomes { __typename ... on ReviewConflict { otherLabelId } } } }`;
const CLASSIFY =
  'mutation ($id: ID!, $threshold: Float) { classifyAssets(labelSetId: $id, threshold: $threshold) { userErrors { code } } }';
const ROLL_BACK = 'mutation ($id: ID!) { rollbackLabelSet(labelSetId: $id) { head { version } userErrors { code } } }';
const TRASH = 'mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { __typename } }';
const RESTORE = 'mutation ($ids: [ID!]!) { restoreAssets(ids: $ids) { __typename } }';
const RUNS = `{ classifications(first: 50) { edges { node {
  labelSetId state isAutomatic isDryRun threshold progress total processed } } } }`;
const LABELS =
  'query ($id: ID!) { asset(id: $id) { labels(withRejected: true) { labelSetId labelId name state probability revision } } }';
const HISTORY = `query ($id: ID!) { labelHistory(assetId: $id, first: 50) { edges { node { labelName state } } } }`;

interface Assignment {
  readonly labelSetId: string;
  readonly labelId: string;
  readonly name: string;
  readonly state: string;
  readonly probability: number;
  readonly revision: number;
}

interface Run {
  readonly labelSetId: string;
  readonly state: string;
  readonly isAutomatic: boolean;
}

/** Of a set, the latest first. */
async function runsOf(server: TestServer, labelSetId: string): Promise<Run[]> {
  const { edges } = (await server.data(RUNS)).classifications as { edges: { node: Run }[] };
  return edges.map(({ node }) => node).filter((run) => run.labelSetId === labelSetId);
}

/** For what the watch does, which looks every five seconds. */
const WATCHED = { timeout: 60_000, interval: 500 };
/** Of each of two colours; people decide of the first eight. */
const OF_EACH = 11;
const DECIDED = 8;
const [STILL_THERE, IN_TRASH, LATE] = [8, 9, 10] as const;

describeOnEveryDatabase('what an automatic set suggested before it learned', (database) => {
  let server: TestServer;
  let pinkOnes: string[];
  let greenOnes: string[];
  let id: string;
  // Words of the library's own, which mean the opposite of what a model takes them for.
  let green: string;
  let pink: string;

  beforeAll(async () => {
    server = await startServer({ database });
    const numbers = (from: number, step: number) => Array.from({ length: OF_EACH }, (_, index) => from + step * index);
    const [ofPink, ofGreen] = await Promise.all(
      [numbers(0xe000, 0x0100), numbers(0x00d0, 1)].map((all) => Promise.all(all.map((each) => numberedPng(each)))),
    );
    const before = await server.add([...ofPink!.slice(0, LATE), ...ofGreen!.slice(0, LATE)]);
    const input = {
      name: 'Series',
      isExclusive: true,
      isAutomatic: true,
      labels: [{ name: 'green' }, { name: 'pink' }],
    };
    const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
    id = labelSet.id;
    [green, pink] = (labelSet.labels as { id: string }[]).map((label) => label.id) as [string, string];
    const [latePink, lateGreen] = await server.add([ofPink![LATE]!, ofGreen![LATE]!]);
    pinkOnes = [...before.slice(0, LATE), latePink!];
    greenOnes = [...before.slice(LATE), lateGreen!];
    await server.data(TRASH, { ids: [pinkOnes[IN_TRASH]] });
  });
  afterAll(() => server.close());

  const labelsOf = async (assetId: string, labelSetId = id): Promise<Assignment[]> => {
    const { labels } = (await server.data(LABELS, { id: assetId })).asset as { labels: Assignment[] };
    return labels.filter((label) => label.labelSetId === labelSetId);
  };
  const namesOf = async (assetId: string) => (await labelsOf(assetId)).map(({ name, state }) => `${name} ${state}`);
  const renewed = (labelSetId: string, times: number) =>
    vi.waitFor(async () => {
      const runs = (await runsOf(server, labelSetId)).filter(({ isAutomatic }) => isAutomatic);
      expect(runs.map(({ state }) => state)).toEqual(Array.from({ length: times }, () => 'SUCCEEDED'));
      return runs;
    }, WATCHED);
  const decide = async (decisions: object[]) => (await server.data(DECIDE, { decisions })).reviewLabels.outcomes;
  const accept = (assetIds: readonly string[], labelId: string) =>
    assetIds.map((assetId) => ({ assetId, labelId, state: 'ACCEPTED' }));

  test('is suggested anew once it has, and what was never suggested too', async () => {
    expect(await namesOf(pinkOnes[LATE]!)).toEqual(['pink SUGGESTED']);
    expect(await namesOf(pinkOnes[STILL_THERE]!)).toEqual([]);
    await decide([...accept(pinkOnes.slice(0, DECIDED), green), ...accept(greenOnes.slice(0, DECIDED), pink)]);
    const [run] = await renewed(id, 1);
    const total = 2 * OF_EACH - 1;
    expect(run).toMatchObject({ isDryRun: false, threshold: null, progress: 1, total, processed: total });
    for (const at of [STILL_THERE, LATE]) {
      expect(await namesOf(pinkOnes[at]!)).toEqual(['green SUGGESTED']);
      expect(await namesOf(greenOnes[at]!)).toEqual(['pink SUGGESTED']);
    }
    // What people decided stays, and what is in the trash is left alone.
    expect(await namesOf(pinkOnes[0]!)).toEqual(['green ACCEPTED']);
    expect(await namesOf(pinkOnes[IN_TRASH]!)).toEqual([]);
    const { edges } = (await server.data(HISTORY, { id: pinkOnes[LATE] })).labelHistory;
    expect(edges.map(({ node }: { node: object }) => node)).toEqual(
      expect.arrayContaining([
        { labelName: 'green', state: 'SUGGESTED' },
        { labelName: 'pink', state: null },
        { labelName: 'pink', state: 'SUGGESTED' },
      ]),
    );
  });

  test('comes back when that is taken back, and nothing is done twice', async () => {
    const rejected = { assetId: greenOnes[STILL_THERE], labelId: pink, state: 'REJECTED' };
    await decide([rejected]);
    expect((await server.data(ROLL_BACK, { id })).rollbackLabelSet).toEqual({ head: null, userErrors: [] });
    await renewed(id, 2);
    expect(await namesOf(pinkOnes[LATE]!)).toEqual(['pink SUGGESTED']);
    expect((await namesOf(greenOnes[STILL_THERE]!)).toSorted()).toEqual(['green SUGGESTED', 'pink REJECTED']);
  });

  test('stays as sure as people asked for, and theirs who look at it', async () => {
    const create = async (name: string, isExclusive: boolean) => {
      const input = {
        name,
        isExclusive,
        isAutomatic: true,
        threshold: 1,
        labels: [{ name: 'green' }, { name: 'pink' }],
      };
      const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
      expect((await server.data(CLASSIFY, { id: labelSet.id, threshold: 0 })).classifyAssets.userErrors).toEqual([]);
      await server.waitUntilProcessed();
      const [ofGreen, ofPink] = (labelSet.labels as { id: string }[]).map((label) => label.id) as [string, string];
      return { setId: labelSet.id as string, ofGreen, ofPink };
    };
    const one = await create('One', true);
    const any = await create('Any', false);
    await server.data(RESTORE, { ids: [pinkOnes[IN_TRASH]] });
    const before = await labelsOf(pinkOnes[LATE]!, any.setId);
    expect(before).toHaveLength(2);
    const reject = (assetIds: readonly string[], labelId: string) =>
      accept(assetIds, labelId).map((each) => ({ ...each, state: 'REJECTED' }));
    const [pinks, greens] = [pinkOnes.slice(0, DECIDED), greenOnes.slice(0, DECIDED)];
    await decide([
      ...accept(pinks, one.ofGreen),
      ...accept(greens, one.ofPink),
      ...accept(pinks, any.ofGreen),
      ...accept(greens, any.ofPink),
      ...reject(pinks, any.ofPink),
      ...reject(greens, any.ofGreen),
    ]);
    await renewed(one.setId, 1);
    await renewed(any.setId, 1);

    // Of what was below the threshold before, nothing has gone.
    expect(await labelsOf(pinkOnes[LATE]!, one.setId)).toMatchObject([{ name: 'green', state: 'SUGGESTED' }]);
    const after = await labelsOf(pinkOnes[LATE]!, any.setId);
    const probabilityOf = (labels: readonly Assignment[], labelId: string) =>
      labels.find((label) => label.labelId === labelId)!.probability;
    expect(probabilityOf(before, any.ofPink)).toBeGreaterThan(probabilityOf(before, any.ofGreen));
    expect(probabilityOf(after, any.ofPink)).toBeLessThan(probabilityOf(after, any.ofGreen));
    // Where nothing was suggested, nothing passes.
    for (const { setId } of [one, any]) expect(await labelsOf(pinkOnes[IN_TRASH]!, setId)).toEqual([]);
    // Nobody has to look again where it is the same labels.
    const decisions = before.map(({ labelId, revision }) => ({
      assetId: pinkOnes[LATE],
      labelId,
      state: labelId === any.ofGreen ? 'ACCEPTED' : 'REJECTED',
      expectedRevision: revision,
    }));
    expect(await decide(decisions)).toEqual([{ __typename: 'ReviewedLabel' }, { __typename: 'ReviewedLabel' }]);
  });
});

describeOnAServer('what an automatic set does when it has learned', (database) => {
  const own = useServerWithPool(database);

  const create = async (name: string): Promise<string> => {
    const input = { name, isAutomatic: true, labels: [{ name: 'cat' }] };
    return (await own.server.data(CREATE, { input })).createLabelSet.labelSet.id;
  };
  /** As a worker leaves it that has trained the set, and has begun nothing yet. */
  const learn = async (labelSetId: string): Promise<string> => {
    const headId = randomUUID();
    await own.pool.query(
      `INSERT INTO label_head (id, library_id, label_set_id, model_id, version, state, label_ids, is_exclusive, weights,
         bias, prior_scale, decisions, pictures, metrics, activated_at)
       SELECT $1, library_id, label_set_id, 'afterimage-small-v1', 1, 'ACTIVE', ARRAY[id], false,
         decode(repeat('00', 4 * 384), 'hex'), '{0}', 1, 10, 10, '{}', now() FROM label WHERE label_set_id = $2`,
      [headId, labelSetId],
    );
    return headId;
  };
  /** As a process leaves it that has begun or ended it. */
  const INSERT = `
    INSERT INTO classification (id, library_id, label_set_id, state, is_dry_run, is_automatic, filter, vocabulary, model_id,
      head_id, total)
    SELECT gen_random_uuid(), library_id, id, $2::classification_state, false, $3, '{}',
      '{"isExclusive": false, "templates": [], "labels": []}', 'afterimage-small-v1', $4::uuid, 0
    FROM label_set WHERE id = $1`;
  const AT_ITS_END = [{ state: 'SUCCEEDED', isAutomatic: true }];

  test('is begun once, whoever else sees that it is due, and after what is under way', async () => {
    const [contested, busy, other] = [await create('Contested'), await create('Busy'), await create('Other')];
    await own.pool.query(INSERT, [busy, 'RUNNING', false, null]);
    const holder = await own.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM label_set WHERE id = $1 FOR NO KEY UPDATE', [contested]);
      const headId = await learn(contested);
      await learn(busy);
      await waitUntilBlocked(own.pool, 1, holder);
      await holder.query(INSERT, [contested, 'SUCCEEDED', true, headId]);
      await holder.query('COMMIT');
    } finally {
      holder.release(true);
    }
    // The watch looks at all sets one after the other.
    await learn(other);
    await vi.waitFor(async () => expect(await runsOf(own.server, other)).toMatchObject(AT_ITS_END), WATCHED);
    expect(await runsOf(own.server, contested)).toMatchObject(AT_ITS_END);
    expect(await runsOf(own.server, busy)).toMatchObject([{ state: 'RUNNING', isAutomatic: false }]);
    await own.pool.query(`UPDATE classification SET state = 'CANCELLED' WHERE state = 'RUNNING'`);
    await vi.waitFor(async () => expect(await runsOf(own.server, busy)).toMatchObject([...AT_ITS_END, {}]), WATCHED);
  });

  test('ends when it is to do nothing by itself any more', async () => {
    const id = await create('Given up');
    for (const isAutomatic of [false, true]) await own.pool.query(INSERT, [id, 'RUNNING', isAutomatic, null]);
    const update = `mutation ($id: ID!) { updateLabelSet(id: $id, input: { isAutomatic: false }) { userErrors { code } } }`;
    await own.server.data(update, { id });
    const states = (await runsOf(own.server, id)).map(({ isAutomatic, state }) => [isAutomatic, state]);
    expect(states).toHaveLength(2);
    expect(Object.fromEntries(states)).toEqual({ false: 'RUNNING', true: 'CANCELLED' });
  });
});
