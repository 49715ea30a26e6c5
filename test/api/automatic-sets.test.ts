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

  const enqueue = async (assetIds: readonly string[]) => {
    await own.pool.query(
      `INSERT INTO job (id, library_id, kind, asset_id)
       SELECT gen_random_uuid(), (SELECT id FROM library), 'SUGGEST_LABELS', unnest($1::uuid[])`,
      [assetIds],
    );
    await own.server.waitUntilProcessed();
  };

  test('change nothing that a person decided, of the trash or of what is gone, and nothing twice', async () => {
    const pictures = ['cup-of-coffee', 'horse-silhouette', 'temple-pagoda'].map((name) => sample(name));
    const [coffee, horse, temple] = (await own.server.add(pictures)) as [string, string, string];
    const { labels } = await createSet(own.server, {
      name: 'Contents',
      isAutomatic: true,
      labels: named('coffee', 'horse'),
    });
    const decisions = [{ assetId: coffee, labelId: labels[0]!.id, state: 'REJECTED' }];
    await own.server.data('mutation ($d: [LabelDecision!]!) { reviewLabels(decisions: $d) { batchId } }', {
      d: decisions,
    });
    await own.server.data('mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { __typename } }', { ids: [temple] });
    await own.server.data(PATCH, {
      id: (await own.server.data('{ labelSets { id } }')).labelSets[0].id,
      input: { threshold: 0 },
    });

    for (let time = 0; time < 2; time++) await enqueue([coffee, horse, temple, randomUUID()]);
    expect((await labelsOf(own.server, coffee)).map(({ name }) => name)).toEqual(['horse']);
    expect((await namesOf(own.server, horse)).toSorted()).toEqual(['coffee', 'horse']);
    const { rows } = await own.pool.query('SELECT asset_id, count(*)::int FROM label_event GROUP BY 1 ORDER BY 2');
    // The decision and a suggestion; two suggestions; nothing of the one in the trash.
    expect(rows).toHaveLength(2);
    expect(rows.map(({ count }: { count: number }) => count)).toEqual([2, 2]);
    expect((await own.server.data('{ jobs(first: 1) { counts { failed } } }')).jobs.counts.failed).toBe(0);
  });

  test('say which set cannot be asked, and ask the others', async () => {
    const { id } = await createSet(own.server, { name: 'Too much', isAutomatic: true, labels: named('a') });
    await own.pool.query(
      `INSERT INTO label (id, library_id, label_set_id, name, name_key, synonyms, updated_at)
       SELECT gen_random_uuid(), (SELECT id FROM library), $1, n::text, n::text,
         ARRAY(SELECT s::text FROM generate_series(1, 50) AS s), now() FROM generate_series(1, 1200) AS n`,
      [id],
    );
    const [boats] = await own.server.add([sample('boats-at-sunset')]);
    expect((await namesOf(own.server, boats!)).toSorted()).toEqual(['coffee', 'horse']);
    const { rows } = await own.pool.query(
      `SELECT error_code FROM job WHERE kind = 'SUGGEST_LABELS' AND state = 'FAILED'`,
    );
    expect(rows).toEqual([{ error_code: 'INVALID_ARGUMENT' }]);
  });
});
