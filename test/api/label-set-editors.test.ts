import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntilBlocked } from '../support/blocked.js';
import { describeOnAServer, describeOnEveryDatabase } from '../support/databases.js';
import { useServerWithPool } from '../support/server-with-pool.js';
import { startServer, type TestServer } from '../support/server.js';

const CREATE =
  'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }';
const RENAME_SET =
  'mutation ($id: ID!, $name: String!) { updateLabelSet(id: $id, input: { name: $name }) { userErrors { code } } }';
const UPDATE =
  'mutation ($id: ID!, $input: LabelPatch!) { updateLabel(id: $id, input: $input) { label { parentId } userErrors { code } } }';
const MERGE =
  'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { label { parentId } userErrors { code } } }';
const DELETE = 'mutation ($id: ID!) { deleteLabelSet(id: $id) { userErrors { code } } }';
const SET = 'query ($id: ID!) { labelSet(id: $id) { labels { name parentId } } }';

async function createSet(server: TestServer, name: string, labels: object[]) {
  const { labelSet } = (await server.data(CREATE, { input: { name, labels } })).createLabelSet;
  const ids = new Map((labelSet.labels as { id: string; name: string }[]).map((label) => [label.name, label.id]));
  return { id: labelSet.id as string, idOf: (label: string) => ids.get(label)! };
}

describeOnAServer('two editors of a label set at the same moment', (database) => {
  const on = useServerWithPool(database);

  const setParent = async (id: string, parent: string) => {
    const { data, errors } = await on.server.gql(UPDATE, { id, input: { parent } });
    return errors?.[0]?.extensions.code ?? (data.updateLabel.userErrors.length === 0 ? 'done' : 'refused');
  };
  /** What this does is not committed before `act` has done its own. */
  const uncommitted = async <T>(statement: string, values: string[], act: (client: pg.PoolClient) => Promise<T>) => {
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(statement, values);
      return await act(client);
    } finally {
      await client.query('COMMIT');
      client.release();
    }
  };

  test('cannot put each of two labels below the other', async () => {
    const { idOf } = await createSet(on.server, 'Two', [{ name: 'a' }, { name: 'b' }]);
    const outcomes = await Promise.all([setParent(idOf('a'), 'b'), setParent(idOf('b'), 'a')]);
    expect(outcomes.toSorted()).toEqual(['INVALID_ARGUMENT', 'done']);
  });

  test('cannot make a circle of branches', async () => {
    const labels = [{ name: 'a' }, { name: 'x', parent: 'a' }, { name: 'b' }, { name: 'y', parent: 'b' }];
    const { id, idOf } = await createSet(on.server, 'Branches', labels);
    // Whoever refers to x or y waits: by then both have read what is below what.
    const held = [idOf('x'), idOf('y')];
    const asked = await uncommitted('SELECT FROM label WHERE id IN ($1, $2) FOR UPDATE', held, async () => {
      const both = [setParent(idOf('a'), 'y'), setParent(idOf('b'), 'x')];
      await waitUntilBlocked(on.pool, 2);
      return both;
    });
    expect((await Promise.all(asked)).toSorted()).toEqual(['INVALID_ARGUMENT', 'done']);
    const parents = (await on.server.data(SET, { id })).labelSet.labels.map(
      ({ parentId }: { parentId: string | null }) => parentId,
    );
    expect(parents).toContain(null);
  });

  test('cannot both take a name: the later one is told so', async () => {
    const { id, idOf } = await createSet(on.server, 'Named', [{ name: 'a' }]);
    const taken = (asked: Promise<Record<string, unknown>>) => asked.then(Object.values);
    const ofSet = await uncommitted(
      `INSERT INTO label_set (id, library_id, name, name_key)
       SELECT gen_random_uuid(), library_id, 'Taken', 'taken' FROM label_set WHERE id = $1`,
      [id],
      async () => {
        const renamed = taken(on.server.data(RENAME_SET, { id, name: 'Taken' }));
        await waitUntilBlocked(on.pool, 1);
        return [renamed];
      },
    );
    expect(await ofSet[0]).toEqual([{ userErrors: [{ code: 'LABEL_SET_EXISTS' }] }]);
    const ofLabel = await uncommitted(
      `INSERT INTO label (id, library_id, label_set_id, name, name_key)
       SELECT gen_random_uuid(), library_id, label_set_id, 'b', 'b' FROM label WHERE id = $1`,
      [idOf('a')],
      async () => {
        const renamed = taken(on.server.data(UPDATE, { id: idOf('a'), input: { name: 'b' } }));
        await waitUntilBlocked(on.pool, 1);
        return [renamed];
      },
    );
    expect(await ofLabel[0]).toEqual([{ label: null, userErrors: [{ code: 'LABEL_EXISTS' }] }]);
  });

  test('one that deletes the set waits for a classification that begins, not the one for the other', async () => {
    const { id, idOf } = await createSet(on.server, 'Begun', [{ name: 'a' }, { name: 'b' }]);
    const run = '00000000-0000-4000-8000-000000000001';
    const job = await on.pool.connect();
    const other = await on.pool.connect();
    try {
      // As somebody who reviews does.
      await other.query('BEGIN');
      await other.query('SELECT FROM label WHERE id = $1 FOR KEY SHARE', [idOf('b')]);
      const [deleted] = await uncommitted(
        `INSERT INTO classification (id, library_id, label_set_id, is_dry_run, filter, vocabulary, model_id, total)
         SELECT $2, library_id, id, false, '{}', '{}', 'm', 1 FROM label_set WHERE id = $1`,
        [id, run],
        async () => {
          const asked = on.server.gql(DELETE, { id });
          await waitUntilBlocked(on.pool, 1);
          return [asked];
        },
      );
      await waitUntilBlocked(on.pool, 1, other);
      // Its first portion, as the job of a classification locks what it needs.
      await job.query('BEGIN');
      const portion = job
        .query('SELECT FROM classification WHERE id = $1 FOR UPDATE', [run])
        .then(() => job.query('SELECT FROM label WHERE id = $1 FOR KEY SHARE', [idOf('a')]))
        .then(
          () => 'done',
          (error: pg.DatabaseError) => error.code,
        );
      await waitUntilBlocked(on.pool, 2);
      await other.query('COMMIT');
      expect((await deleted!).errors).toBeUndefined();
      expect(await portion).toBe('done');
    } finally {
      await job.query('ROLLBACK');
      for (const client of [job, other]) client.release();
    }
  });
});

describeOnEveryDatabase('a set that has a circle of parents', (database) => {
  let server: TestServer;
  const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        const set = await prisma.labelSet.create({ data: { id: A!, libraryId, name: 'Round', nameKey: 'round' } });
        const row = (id: string, nameKey: string) => ({ id, libraryId, labelSetId: set.id, name: nameKey, nameKey });
        await prisma.label.createMany({ data: [row(A!, 'a'), row(B!, 'b'), row(C!, 'c'), row(D!, 'd')] });
        await prisma.label.update({ where: { id: A! }, data: { parentId: B! } });
        await prisma.label.update({ where: { id: B! }, data: { parentId: A! } });
      },
    });
  });
  afterAll(() => server.close());

  test('can be merged in, added to and mended', async () => {
    expect((await server.data(UPDATE, { id: C, input: { parent: 'a' } })).updateLabel).toEqual({
      label: { parentId: A },
      userErrors: [],
    });
    expect((await server.data(MERGE, { ids: [D], intoId: C })).mergeLabels.userErrors).toEqual([]);
    expect((await server.data(UPDATE, { id: A, input: { parent: null } })).updateLabel.label).toEqual({
      parentId: null,
    });
  });
});
