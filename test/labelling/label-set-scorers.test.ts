import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Libraries } from '#dist/access/libraries.js';
import type { ServedModel } from '#dist/assets/served-models.js';
import { openDatabase, type Database } from '#dist/database/database.js';
import { LabelScorers } from '#dist/labelling/label-scorers.js';
import { LabelHeads, type NewHead } from '#dist/labelling/learning/label-heads.js';
import { LabelSetScorers } from '#dist/labelling/learning/label-set-scorers.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { builtInModel } from '../support/encoder.js';

describe('the head that scores a classification', () => {
  const location = emptyEmbeddedDatabase();
  let database: Database;
  beforeAll(async () => {
    database = await openDatabase(location);
  });
  afterAll(() => database.close());

  test('stays, and stays the same, when another answers and when 20 more have been trained', async () => {
    const { prisma } = database;
    const libraries = new Libraries(prisma);
    const libraryId = await libraries.ensureDefault();
    const labelSetId = randomUUID();
    await prisma.labelSet.create({ data: { id: labelSetId, libraryId, name: 'set', nameKey: 'set' } });
    const labels = ['first', 'second'].map((name) => ({ id: randomUUID(), name }));
    const { manifest } = await builtInModel();
    const length = manifest.dimension;
    const encodeTexts = async (texts: readonly string[]) => texts.map(() => new Float32Array(length).fill(1));
    const encoder = { manifest, encodeTexts };
    const model = { id: 'model', encoder: async () => encoder } as unknown as ServedModel;
    const [heads, set] = [new LabelHeads(libraries), { libraryId, labelSetId }];

    /** One that is all for one of two labels. */
    const add = async (favourite: number) => {
      const judgement = { logLoss: 1, accuracy: 1 };
      const bias = Float32Array.from(labels, (_, label) => (label === favourite ? 50 : 0));
      const head: NewHead = {
        modelId: model.id,
        labelIds: labels.map(({ id }) => id),
        isExclusive: true,
        decisions: 0,
        readAt: new Date(),
        pictures: 0,
        digest: Uint8Array.of(),
        head: { weights: new Float32Array(2 * length), bias, priorScale: 1 },
        metrics: { prior: judgement, learned: judgement, labels: [] },
        isBetter: true,
      };
      const [newest] = await heads.list(set, model.id);
      return heads.add(set, { modelId: model.id, version: newest?.version ?? 0 }, head);
    };
    const { id: headId } = await add(0);
    const run = { id: randomUUID(), ...set, isDryRun: false, filter: {}, vocabulary: {}, modelId: model.id, total: 1 };
    await prisma.classification.create({ data: { ...run, headId } });
    for (let count = 0; count < 21; count++) await add(1);

    const scorers = new LabelSetScorers(new LabelScorers(), heads);
    const request = { libraryId, labels, templates: ['{}'], isExclusive: true };
    const image = new Float32Array(length).fill(length ** -0.5);
    const score = async (id: string | null) => (await scorers.of(model, id, request))(image);
    expect((await score(headId))[0]).toBeCloseTo(1, 6);
    expect((await score(await heads.activeId(set, model.id)))[1]).toBeCloseTo(1, 6);
    expect((await score(null))[0]).toBeCloseTo(0.5, 6);
    // It is forgotten like the others when it is needed no more.
    await prisma.classification.updateMany({ data: { state: 'SUCCEEDED' } });
    await add(1);
    expect((await heads.list(set, model.id)).map(({ version }) => version)).not.toContain(1);
    expect(await prisma.classification.findFirst()).toMatchObject({ headId: null });
  });
});
