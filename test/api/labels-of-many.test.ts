import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { insertLabelled, type InsertedLabel } from '../support/label-rows.js';
import { startServer, type TestServer } from '../support/server.js';
import { numberedPng } from '../support/pictures.js';

/** Two portions, the last one not full. */
const COUNT = 1_100;
const FOUND_OF_THEM = 2;
/** The vector store is told of each asset by a job of its own. */
const TIMEOUT_MS = 120_000;

const RENAME =
  'mutation ($id: ID!, $name: String!) { updateLabel(id: $id, input: { name: $name }) { label { name } userErrors { code } } }';
const DELETE_LABELS = 'mutation ($ids: [ID!]!) { deleteLabels(ids: $ids) { deletedIds userErrors { code } } }';
const DELETE_SET = 'mutation ($id: ID!) { deleteLabelSet(id: $id) { labelSet { name } userErrors { code } } }';
const CREATE_SET =
  'mutation ($name: String!) { createLabelSet(input: { name: $name }) { labelSet { id } userErrors { code } } }';
const CREATE_LABELS =
  'mutation ($id: ID!, $labels: [LabelInput!]!) { createLabels(labelSetId: $id, labels: $labels) { labelSet { labels { id } } userErrors { code } } }';
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id) { userErrors { code } } }';
const SETS = 'query ($id: ID!) { labelSet(id: $id) { name } labelSets { name } }';
const LABELLED =
  'query ($name: String!) { assets(filter: { labelsAny: [$name] }, first: 1) { totalCount edges { node { id labels { name } } } } }';
const FOUND =
  'query ($word: String!) { searchByText(query: $word, mode: KEYWORD, first: 50) { edges { node { id } } } }';

async function wordsFind(server: TestServer, word: string): Promise<number> {
  return (await server.data(FOUND, { word })).searchByText.edges.length;
}

describeOnEveryDatabase('a label that thousands of assets have', (database) => {
  let server: TestServer;
  let labels: InsertedLabel[];
  beforeAll(async () => {
    server = await startServer({
      database,
      settings: { MAX_BACKLOG: '100', WORKERS: '3' },
      prepare: async (prisma, libraryId) => {
        labels = [];
        for (const name of ['zyzzyva', 'quokka'])
          labels.push(await insertLabelled(prisma, libraryId, { name, count: COUNT }));
      },
    });
  });
  afterAll(() => server.close());

  test(
    'is renamed in portions, which keep no upload out, and found by its new name alone in the end',
    { timeout: TIMEOUT_MS },
    async () => {
      const [{ labelId }] = labels as [InsertedLabel];
      expect(await wordsFind(server, 'zyzzyva')).toBe(FOUND_OF_THEM);
      expect((await server.data(RENAME, { id: labelId, name: 'wombat' })).updateLabel).toEqual({
        label: { name: 'wombat' },
        userErrors: [],
      });
      expect((await server.upload([await numberedPng(1)]))[0].__typename).toBe('UploadedAsset');
      await server.waitUntilProcessed();
      const jobs = 'query { jobs(kind: REFRESH_LABEL) { counts { succeeded } } }';
      expect((await server.data(jobs)).jobs.counts.succeeded).toBe(1);
      expect(await wordsFind(server, 'zyzzyva')).toBe(0);
      expect(await wordsFind(server, 'wombat')).toBe(FOUND_OF_THEM);
    },
  );

  test('is deleted in portions, and seen by nobody from then on', { timeout: TIMEOUT_MS }, async () => {
    const [, { labelId, setId }] = labels as [InsertedLabel, InsertedLabel];
    expect((await server.data(DELETE_LABELS, { ids: [labelId] })).deleteLabels).toEqual({
      deletedIds: [labelId],
      userErrors: [],
    });
    expect((await server.data(LABELLED, { name: 'quokka' })).assets.totalCount).toBe(0);
    // Its name is free.
    const { createLabels } = await server.data(CREATE_LABELS, { id: setId, labels: [{ name: 'quokka' }] });
    expect(createLabels).toEqual({ labelSet: { labels: [{ id: expect.any(String) }] }, userErrors: [] });
    await server.waitUntilProcessed();
    expect(await wordsFind(server, 'quokka')).toBe(0);
    expect(
      (await server.data('query { jobs(kind: DELETE_LABELS) { counts { succeeded } } }')).jobs.counts.succeeded,
    ).toBe(3);
    const left = await server.closeAndRead((prisma) =>
      Promise.all([
        prisma.assetLabel.count({ where: { labelId } }),
        prisma.label.count({ where: { id: labelId } }),
        prisma.labelEvent.count({ where: { labelId, state: null } }),
        prisma.labelBatch.findMany({ where: { kind: 'DELETION' }, select: { labelSetId: true } }),
      ]),
    );
    expect(left).toEqual([0, 0, COUNT, [{ labelSetId: setId }]]);
  });
});

describeOnAServer('a set that thousands of assets have labels of', (database) => {
  let servers: TestServer[];
  let pool: pg.Pool;
  let label: InsertedLabel;
  beforeAll(async () => {
    const server = await startServer({
      database,
      settings: { WORKERS: '3', STOP_TIMEOUT: '1' },
      prepare: async (prisma, libraryId) => {
        label = await insertLabelled(prisma, libraryId, { name: 'zyzzyva', count: COUNT });
      },
    });
    servers = [server];
    pool = new pg.Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await pool.end();
    for (const server of servers) await server.close();
  });

  test(
    'is deleted as soon as that is said, and after a restart what is left of it goes',
    { timeout: TIMEOUT_MS },
    async () => {
      const [server] = servers as [TestServer];
      const { setId, labelId } = label;
      const { edges } = (await server.data(LABELLED, { name: 'zyzzyva' })).assets;
      const assetId = edges[0].node.id as string;
      const editor = await pool.connect();
      await editor.query('BEGIN');
      await editor.query('SELECT FROM asset FOR UPDATE');
      try {
        expect((await server.data(DELETE_SET, { id: setId })).deleteLabelSet).toEqual({
          labelSet: { name: 'set of zyzzyva' },
          userErrors: [],
        });
        // Its job cannot go on: this is what others see half-way.
        await waitUntilBlocked(pool, 1);
        const gone = [{ code: 'LABEL_SET_NOT_FOUND' }];
        expect(await server.data(SETS, { id: setId })).toEqual({ labelSet: null, labelSets: [] });
        expect((await server.data(LABELLED, { name: 'zyzzyva' })).assets.totalCount).toBe(0);
        expect(
          (await server.data('query ($id: ID!) { asset(id: $id) { labels { name } } }', { id: assetId })).asset.labels,
        ).toEqual([]);
        expect((await server.data('{ facets(of: [LABEL]) { values { value } } }')).facets).toEqual([{ values: [] }]);
        expect((await server.data(DELETE_SET, { id: setId })).deleteLabelSet.userErrors).toEqual(gone);
        expect(
          (await server.data(CREATE_LABELS, { id: setId, labels: [{ name: 'more' }] })).createLabels.userErrors,
        ).toEqual(gone);
        expect((await server.data(CLASSIFY, { id: setId })).classifyAssets.userErrors).toEqual(gone);
        expect((await server.data(RENAME, { id: labelId, name: 'x' })).updateLabel.userErrors).toEqual([
          { code: 'LABEL_NOT_FOUND' },
        ]);
        expect((await server.data(CREATE_SET, { name: 'Set of zyzzyva' })).createLabelSet.userErrors).toEqual([]);
        // An end that does not wait for what runs.
        await server.app.close();
      } finally {
        await editor.query('COMMIT');
        editor.release();
      }
      const next = await startServer({ database, settings: { WORKERS: '3' } });
      servers.push(next);
      await next.waitUntilProcessed();
      expect(await wordsFind(next, 'zyzzyva')).toBe(0);
      const { rows } = await pool.query(
        'SELECT (SELECT count(*)::int FROM asset_label) AS assigned, (SELECT count(*)::int FROM label) AS labels, (SELECT count(*)::int FROM label_set) AS sets, (SELECT count(*)::int FROM label_event) AS events',
      );
      expect(rows).toEqual([{ assigned: 0, labels: 0, sets: 1, events: COUNT }]);
    },
  );
});
