import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { sample } from '../support/pictures.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) {
  labelSet { id isAutomatic labels { id name } } userErrors { message } } }`;
const PATCH = `mutation ($id: ID!, $input: LabelSetPatch!) { updateLabelSet(id: $id, input: $input) {
  labelSet { isAutomatic threshold } } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name source state probability } } }';
const HISTORY = `query ($id: ID!) { labelHistory(assetId: $id, first: 50) {
  edges { node { kind labelName state source byId revision } } } }`;

async function createSet(server: TestServer, input: object) {
  const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
  return labelSet as { id: string; isAutomatic: boolean; labels: { id: string; name: string }[] };
}

async function labelsOf(server: TestServer, id: string): Promise<{ name: string }[]> {
  return (await server.data(LABELS, { id })).asset.labels;
}

const namesOf = async (server: TestServer, id: string) => (await labelsOf(server, id)).map(({ name }) => name);
const named = (...names: string[]) => names.map((name) => ({ name }));

describeOnEveryDatabase('label sets that suggest for what comes in', (database) => {
  let server: TestServer;
  let contents: string;
  beforeAll(async () => {
    server = await startServer({ database });
    const labels = named('coffee', 'castle', 'horse');
    const set = await createSet(server, { name: 'Contents', isExclusive: true, isAutomatic: true, labels });
    expect(set.isAutomatic).toBe(true);
    contents = set.id;
    await createSet(server, { name: 'By hand', labels: named('drink') });
    await createSet(server, { name: 'Empty', isAutomatic: true });
  });
  afterAll(() => server.close());

  test('suggest by themselves, and sets that are not automatic do not', async () => {
    const [coffee, horse] = (await server.add([sample('cup-of-coffee'), sample('horse-silhouette')])) as [
      string,
      string,
    ];
    const [label] = await labelsOf(server, coffee);
    expect(label).toMatchObject({ name: 'coffee', source: 'MODEL', state: 'SUGGESTED' });
    expect(await namesOf(server, coffee)).toEqual(['coffee']);
    expect(await namesOf(server, horse)).toEqual(['horse']);
    const { edges } = (await server.data(HISTORY, { id: coffee })).labelHistory;
    const event = { kind: 'CLASSIFICATION', labelName: 'coffee', state: 'SUGGESTED', source: 'MODEL', byId: null };
    expect(edges).toEqual([{ node: { ...event, revision: 1 } }]);
    const search = `{ searchByText(query: "a drink", filter: { labelsAny: ["coffee"] }) { edges { node { id } } } }`;
    expect((await server.data(search)).searchByText.edges).toEqual([{ node: { id: coffee } }]);
    const queue = `query ($id: ID!) { reviewQueue(labelSetId: $id) { totalCount } }`;
    expect((await server.data(queue, { id: contents })).reviewQueue.totalCount).toBe(2);
  });

  test('suggest what passes their threshold only, as it is then, and nothing once they are not automatic', async () => {
    const patch = async (input: object) => (await server.data(PATCH, { id: contents, input })).updateLabelSet.labelSet;
    expect(await patch({ threshold: 1 })).toEqual({ isAutomatic: true, threshold: 1 });
    const [castle] = await server.add([sample('temple-pagoda')]);
    expect(await namesOf(server, castle!)).toEqual([]);
    expect(await patch({ threshold: 0, isAutomatic: false })).toEqual({ isAutomatic: false, threshold: 0 });
    const [cat] = await server.add([sample('cat-face')]);
    expect(await namesOf(server, cat!)).toEqual([]);
    await patch({ isAutomatic: true });
    const [boats] = await server.add([sample('boats-at-sunset')]);
    expect(await namesOf(server, boats!)).toHaveLength(1);
  });
});

describeOnAServer('jobs of label sets that suggest for what comes in', (database) => {
  const own = useServerWithPool(database);
  let labelSet: { id: string; labels: { id: string }[] };

  /** As `becomeReady` writes down what is to be suggested for. */
  const enqueue = async (labelSetId: string, assetIds: readonly string[]) => {
    await own.pool.query(`INSERT INTO unsuggested_asset SELECT $1, unnest($2::uuid[])`, [labelSetId, assetIds]);
    await own.pool.query(
      `INSERT INTO job (id, library_id, kind, asset_id)
       SELECT gen_random_uuid(), (SELECT id FROM library), 'SUGGEST_LABELS', $1::uuid`,
      [labelSetId],
    );
    await own.server.waitUntilProcessed();
  };
  const count = async (table: string, condition = 'true') =>
    (await own.pool.query(`SELECT count(*)::int FROM ${table} WHERE ${condition}`)).rows[0].count as number;

  test('change nothing that a person decided or of the trash, and nothing twice', async () => {
    const pictures = ['cup-of-coffee', 'horse-silhouette', 'temple-pagoda'].map((name) => sample(name));
    const [coffee, horse, temple] = (await own.server.add(pictures)) as [string, string, string];
    const input = { name: 'Contents', isAutomatic: true, threshold: 0, labels: named('coffee', 'horse') };
    labelSet = await createSet(own.server, input);
    const decisions = [{ assetId: coffee, labelId: labelSet.labels[0]!.id, state: 'REJECTED' }];
    const decide = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
    await own.server.data(decide, { decisions });
    await own.server.data('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { __typename } }', { ids: [temple] });

    for (let time = 0; time < 2; time++) await enqueue(labelSet.id, [coffee, horse, temple]);
    expect(await namesOf(own.server, coffee)).toEqual(['horse']);
    expect((await namesOf(own.server, horse)).toSorted()).toEqual(['coffee', 'horse']);
    // The decision and a suggestion; two suggestions; nothing of the one in the trash.
    expect(await count('label_event')).toBe(4);
    expect(await count('unsuggested_asset')).toBe(0);
    expect(await count('job', `state = 'FAILED'`)).toBe(0);
  });

  test('have one for all that waits, which goes on by portions', async () => {
    const ids = Array.from({ length: 1_100 }, () => randomUUID());
    await own.pool.query(
      `INSERT INTO asset (id, library_id, original_name, mime_type, byte_size, width, height, orientation,
         sha256, state, updated_at)
       SELECT id, (SELECT id FROM library), 'a', 'image/png', 1, 1, 1, 'LANDSCAPE',
         encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 'READY', now()
       FROM unnest($1::uuid[]) AS id`,
      [ids],
    );
    const before = await count('job', `kind = 'SUGGEST_LABELS'`);
    await enqueue(labelSet.id, ids);
    expect(await count('unsuggested_asset')).toBe(0);
    expect((await count('job', `kind = 'SUGGEST_LABELS'`)) - before).toBe(3);
  });

  test('say which set cannot be asked, once, and ask the others', async () => {
    const { id } = await createSet(own.server, { name: 'Too much', isAutomatic: true, labels: named('a') });
    await own.pool.query(
      `INSERT INTO label (id, library_id, label_set_id, name, name_key, synonyms, updated_at)
       SELECT gen_random_uuid(), (SELECT id FROM library), $1, n::text, n::text,
         ARRAY(SELECT s::text FROM generate_series(1, 50) AS s), now() FROM generate_series(1, 1200) AS n`,
      [id],
    );
    for (const name of ['boats-at-sunset', 'cat-face']) {
      const [asset] = await own.server.add([sample(name)]);
      expect((await namesOf(own.server, asset!)).toSorted()).toEqual(['coffee', 'horse']);
    }
    const { rows } = await own.pool.query(
      `SELECT asset_id, error_code FROM job WHERE kind = 'SUGGEST_LABELS' AND state = 'FAILED'`,
    );
    expect(rows).toEqual([{ asset_id: id, error_code: 'INVALID_ARGUMENT' }]);
    await own.server.data(PATCH, { id, input: { isAutomatic: false } });
    await own.server.data('mutation { retryJobs(all: true) { retriedCount } }');
    await own.server.waitUntilProcessed();
    expect(await count('unsuggested_asset')).toBe(0);
  });
});
