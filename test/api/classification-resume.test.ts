import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PrismaClient } from '#dist/database/database.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const DEAD_WORKER = randomUUID();
const RUN = 'query ($id: ID!) { classification(id: $id) { state total processed notReady progress failure { code } } }';
const CANCEL = `mutation ($id: ID!) { cancelClassification(id: $id) {
  classification { state processed } userErrors { code } } }`;

describe('classifications that were under way when their worker died', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  const halfDone = randomUUID();
  const orphaned = randomUUID();
  beforeAll(async () => {
    server = await startServer({
      database,
      keys: { labeller: { role: 'LABELLER' }, admin: { role: 'ADMIN' }, them: { role: 'LABELLER', library: 'theirs' } },
      prepare: async (prisma, libraryId) => {
        const ids = [];
        for (let count = 0; count < 5; count++) ids.push(await insertAsset(prisma, libraryId));
        ids.sort();
        // A time as it was stored before.
        const filter = { uploadedAt: { min: { $date: '2020-01-01T00:00:00.000Z' } } };
        await begin(prisma, libraryId, {
          id: halfDone,
          doneUpTo: ids[2]!,
          processed: 3,
          notReady: 3,
          total: 5,
          filter,
        });
        await begin(prisma, libraryId, { id: orphaned, total: 5, modelId: 'a-model-of-before' });
      },
    });
  });
  afterAll(() => server.close());

  /** A row as a worker leaves it that is killed between two portions, and the job that it held. */
  async function begin(
    prisma: PrismaClient,
    libraryId: string,
    run: {
      id: string;
      total: number;
      doneUpTo?: string;
      processed?: number;
      notReady?: number;
      modelId?: string;
      filter?: object;
    },
  ): Promise<void> {
    const labelSetId = randomUUID();
    await prisma.labelSet.create({ data: { id: labelSetId, libraryId, name: run.id, nameKey: run.id } });
    const label = { id: randomUUID(), name: 'cat', synonyms: [], prompts: [], negativePrompts: [], threshold: 0.5 };
    await prisma.classification.create({
      data: {
        libraryId,
        labelSetId,
        isDryRun: false,
        filter: {},
        vocabulary: { isExclusive: true, templates: ['{}'], labels: [label] },
        modelId: 'afterimage-small-v1',
        ...run,
      },
    });
    await prisma.job.create({
      data: {
        id: randomUUID(),
        libraryId,
        kind: 'CLASSIFY_ASSETS',
        assetId: run.id,
        state: 'RUNNING',
        attempts: 1,
        workerId: DEAD_WORKER,
        leaseUntil: new Date(0),
        startedAt: new Date(0),
      },
    });
  }

  test('go on where they were, and count nothing twice', async () => {
    await server.waitUntilProcessed('labeller');
    expect((await server.data(RUN, { id: halfDone }, 'labeller')).classification).toEqual({
      state: 'SUCCEEDED',
      total: 5,
      processed: 5,
      notReady: 5,
      progress: 1,
      failure: null,
    });
  });

  test('have their filter as it was given, times and all', async () => {
    const create = `mutation { createLabelSet(input: { name: "times", labels: [{ name: "cat" }] }) { labelSet { id } } }`;
    const labelSetId = (await server.data(create, {}, 'admin')).createLabelSet.labelSet.id as string;
    const classify = `mutation ($labelSetId: ID!, $filter: AssetFilter) {
      classifyAssets(labelSetId: $labelSetId, filter: $filter) { classification { id } } }`;
    for (const [uploadedAt, count] of [
      [{ min: '2020-01-01T00:00:00Z' }, 5],
      [{ max: '2020-01-01T00:00:00Z' }, 0],
    ]) {
      // prettier-ignore
      const filter = { or: [{ uploadedAt, not: null }] };
      const { id } = (await server.data(classify, { labelSetId, filter }, 'labeller')).classifyAssets.classification;
      await server.waitUntilProcessed('labeller');
      expect((await server.data(RUN, { id }, 'labeller')).classification).toMatchObject({
        state: 'SUCCEEDED',
        total: count,
        processed: count,
      });
    }
  });

  test('say why they cannot go on, and try again when they are asked to', async () => {
    const failed = { state: 'FAILED', processed: 0, failure: { code: 'MODEL_UNKNOWN' } };
    await server.waitUntilProcessed('labeller');
    expect((await server.data(RUN, { id: orphaned }, 'labeller')).classification).toMatchObject(failed);
    await server.data('mutation { retryJobs(all: true) { retriedCount } }', {}, 'admin');
    await server.waitUntilProcessed('labeller');
    expect((await server.data(RUN, { id: orphaned }, 'labeller')).classification).toMatchObject(failed);
  });

  test('that have ended are not cancelled any more, and those of others are nobody’s', async () => {
    const { cancelClassification } = await server.data(CANCEL, { id: halfDone }, 'labeller');
    expect(cancelClassification).toEqual({
      classification: { state: 'SUCCEEDED', processed: 5 },
      userErrors: [],
    });
    const theirs = (await server.data(CANCEL, { id: halfDone }, 'them')).cancelClassification;
    expect(theirs).toEqual({ classification: null, userErrors: [{ code: 'CLASSIFICATION_NOT_FOUND' }] });
    expect((await server.data(RUN, { id: halfDone }, 'them')).classification).toBeNull();
  });
});
