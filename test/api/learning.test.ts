import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng, sample, truncated } from '../support/pictures.js';
import { allStatementsOf, answerTo } from '../support/statements.js';
import { startServer, type TestServer } from '../support/server.js';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const HEAD = 'head { version state decisions pictures } userErrors { code }';
const CREATE =
  'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }';
const UPDATE =
  'mutation ($id: ID!, $input: LabelSetPatch!) { updateLabelSet(id: $id, input: $input) { userErrors { code } } }';
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id, threshold: 0) { userErrors { code } } }';
const DECIDE =
  'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { outcomes { __typename } } }';
const TRAIN = `mutation ($id: ID!) { trainLabelSet(labelSetId: $id) { ${HEAD} } }`;
const ROLL_BACK = `mutation ($id: ID!) { rollbackLabelSet(labelSetId: $id) { ${HEAD} } }`;
const UNDO = 'mutation { undoReview { undoneCount } }';
const QUALITY = `query ($id: ID!, $wantedPrecision: Float! = 0.9) { labelSetQuality(labelSetId: $id, wantedPrecision: $wantedPrecision) {
  isActive head { version decisions } before { accuracy logLoss } after { accuracy logLoss } versions { version state }
  labels { name acceptedCount rejectedCount before { recall } after { precision recall f1 calibrationError } suggestedThreshold } } }`;
const ONE = `query ($assetId: ID!, $id: ID!, $templates: [String!], $none: Boolean! = false, $multiLabel: Boolean) {
  zeroShotClassify(assetId: $assetId, labelSetId: $id, templates: $templates, includeNone: $none, multiLabel: $multiLabel) { label isLearned probability score } }`;
const LABELS = 'query ($id: ID!) { asset(id: $id) { labels { name source state probability } } }';

interface Answer {
  readonly label: string;
  readonly isLearned: boolean;
  readonly probability: number;
}

/** For what the watch does, which looks every five seconds. To ask for the quality five times a second took an eighth of the time. */
const WATCHED = { timeout: 60_000, interval: 1_000 };
/** Of each of two colours; people decide of the first eight. */
const OF_EACH = 10;
const DECIDED = 8;

describeOnEveryDatabase('a label set that learns', (database) => {
  let server: TestServer;
  let id: string;
  // Words of the library's own, which mean the opposite of what a model takes them for.
  let pink: string;
  let green: string;
  let pinkOnes: string[];
  let greenOnes: string[];
  // Without an embedding.
  let failed: string;
  // A set.
  let mistaken: string;

  beforeAll(async () => {
    server = await startServer({ database });
    const numbers = (from: number, step: number) => Array.from({ length: OF_EACH }, (_, index) => from + step * index);
    const pictures = [...numbers(0xe000, 0x0100), ...numbers(0x00d0, 1)].map((number) => numberedPng(number));
    const cut = { name: 'cut.jpg', bytes: truncated(sample('cat-face').bytes as Buffer<ArrayBuffer>) };
    const added = await server.add([...(await Promise.all(pictures)), cut]);
    [pinkOnes, greenOnes] = [added.slice(0, OF_EACH), added.slice(OF_EACH, 2 * OF_EACH)];
    failed = added.at(-1)!;
    const input = { name: 'Series', isExclusive: true, labels: [{ name: 'green' }, { name: 'pink' }] };
    const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
    id = labelSet.id;
    [green, pink] = (labelSet.labels as { id: string }[]).map((label) => label.id) as [string, string];
  });
  afterAll(() => server.close());

  const firstLabelOf = async (assetId: string): Promise<string> =>
    (await server.data(LABELS, { id: assetId })).asset.labels[0].name;
  const classify = async () => {
    expect((await server.data(CLASSIFY, { id })).classifyAssets.userErrors).toEqual([]);
    await server.waitUntilProcessed();
    return { pink: await firstLabelOf(pinkOnes.at(-1)!), green: await firstLabelOf(greenOnes.at(-1)!) };
  };
  const quality = async (variables: object = {}) => (await server.data(QUALITY, { id, ...variables })).labelSetQuality;

  test('has no quality, and nothing to learn from, before people decide', async () => {
    expect(await quality()).toMatchObject({ isActive: false, head: null, before: null, after: null, versions: [] });
    expect((await server.data(TRAIN, { id })).trainLabelSet).toEqual({
      head: null,
      userErrors: [{ code: 'LABEL_DECISIONS_MISSING' }],
    });
    expect(await classify()).toEqual({ pink: 'pink', green: 'green' });
  });

  test('learns by itself, and the next run suggests what people meant', async () => {
    const decide = (assetIds: string[], labelId: string) =>
      assetIds.slice(0, DECIDED).map((assetId) => ({ assetId, labelId, state: 'ACCEPTED' }));
    const decisions = [...decide(pinkOnes, green), ...decide(greenOnes, pink)];
    await server.data(DECIDE, { decisions });
    await vi.waitFor(async () => expect((await quality()).isActive).toBe(true), WATCHED);
    expect(await classify()).toEqual({ pink: 'green', green: 'pink' });
    // What people decided stays.
    const { labels } = (await server.data(LABELS, { id: pinkOnes[0]! })).asset;
    expect(labels).toMatchObject([{ name: 'green', source: 'HUMAN', state: 'ACCEPTED' }]);
  });

  test('answers about one picture by what it learned, but where it is asked by other words', async () => {
    const ask = async (variables: object = {}) =>
      (await server.data(ONE, { assetId: pinkOnes.at(-1), id, ...variables })).zeroShotClassify as Answer[];
    const [first, second] = await ask();
    expect([first, second]).toMatchObject([
      { label: 'green', isLearned: true },
      { label: 'pink', isLearned: true },
    ]);
    expect(first!.probability + second!.probability).toBeCloseTo(1, 6);
    const { labels } = (await server.data(LABELS, { id: pinkOnes.at(-1) })).asset;
    expect(first!.probability).toBeCloseTo(labels[0].probability, 6);
    for (const words of [{ templates: ['a picture in {}'] }, { none: true }, { multiLabel: true }])
      expect((await ask(words)).map(({ isLearned }) => isLearned)).not.toContain(true);
    expect((await ask({ templates: ['a picture in {}'] }))[0]!.label).toBe('pink');
  });

  test('suggests what it learned for what comes in, once it is automatic', async () => {
    await server.data(UPDATE, { id, input: { isAutomatic: true } });
    const [assetId] = await server.add([await numberedPng(0xe000 + 0x0100 * OF_EACH)]);
    expect(await firstLabelOf(assetId!)).toBe('green');
    await server.data(UPDATE, { id, input: { isAutomatic: false } });
    await server.data('mutation ($ids: [ID!]!) { deleteAssets(ids: $ids) { __typename } }', { ids: [assetId] });
  });

  test('shows how much better it is, with examples and a threshold for a precision', async () => {
    const { before, after, labels, head } = await quality();
    expect(head.version).toBe(1);
    expect(before.accuracy).toBeLessThan(0.5);
    expect(after.accuracy).toBeGreaterThan(0.9);
    expect(after.logLoss).toBeLessThan(before.logLoss);
    for (const label of labels) {
      expect(label).toMatchObject({
        acceptedCount: DECIDED,
        rejectedCount: DECIDED,
        after: { recall: 1, precision: 1 },
      });
      expect(label.before.recall).toBeLessThan(0.5);
      expect(label.after.calibrationError).toBeLessThan(0.5);
      expect(label.suggestedThreshold).toBeGreaterThan(0.1);
    }
    const all = await quality({ wantedPrecision: 0 });
    expect(all.labels[0].suggestedThreshold).toBeLessThan(labels[0].suggestedThreshold);
  });

  test('is taken back version by version, to the prior at last', async () => {
    const train = async () => (await server.data(TRAIN, { id })).trainLabelSet;
    const rollBack = async () => (await server.data(ROLL_BACK, { id })).rollbackLabelSet;
    const active = (version: number) => ({ head: { version, state: 'ACTIVE', pictures: 2 * DECIDED }, userErrors: [] });
    const prior = { head: null, userErrors: [] };
    // Who asks at the same time gets what comes of it too.
    for (const trained of await Promise.all([1, 2, 3].map(train))) expect(trained).toMatchObject(active(2));
    expect(await rollBack()).toMatchObject(active(1));
    // What was taken back does not come back.
    expect(await train()).toMatchObject(active(3));
    expect(await rollBack()).toMatchObject(active(1));
    expect(await rollBack()).toEqual(prior);
    expect(await train()).toMatchObject(active(4));
    expect(await rollBack()).toEqual(prior);
    expect((await quality()).versions).toEqual([4, 3, 2, 1].map((version) => ({ version, state: 'RETIRED' })));
    expect(await classify()).toEqual({ pink: 'pink', green: 'green' });
    expect(await rollBack()).toEqual({ head: null, userErrors: [{ code: 'LABEL_HEAD_NOT_FOUND' }] });
  });

  test('does not try to learn from pictures without an embedding', async () => {
    const labels = Array.from({ length: 10 }, (_, index) => ({ name: `kind ${index}` }));
    const { labelSet } = (await server.data(CREATE, { input: { name: 'Kinds', labels } })).createLabelSet;
    const reject = ({ id: labelId }: { id: string }) => ({ assetId: failed, labelId, state: 'REJECTED' });
    await server.data(DECIDE, { decisions: labelSet.labels.map(reject) });
    expect((await server.data(TRAIN, { id: labelSet.id })).trainLabelSet.userErrors).toEqual([
      { code: 'LABEL_DECISIONS_MISSING' },
    ]);
  });

  test('learns anew when it becomes exclusive, and when decisions are taken back', async () => {
    const input = { name: 'Both', labels: [{ name: 'green' }, { name: 'pink' }] };
    const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
    const both = labelSet.id as string;
    const [ofGreen, ofPink] = (labelSet.labels as { id: string }[]).map((label) => label.id) as [string, string];
    const decide = async (from: number, to: number) => {
      const say = (greenState: string, pinkState: string) => (assetId: string) => [
        { assetId, labelId: ofGreen, state: greenState },
        { assetId, labelId: ofPink, state: pinkState },
      ];
      const ofPinkOnes = pinkOnes.slice(from, to).flatMap(say('ACCEPTED', 'REJECTED'));
      const ofGreenOnes = greenOnes.slice(from, to).flatMap(say('REJECTED', 'ACCEPTED'));
      await server.data(DECIDE, { decisions: [...ofPinkOnes, ...ofGreenOnes] });
    };
    const learned = (decisions: number) =>
      vi.waitFor(async () => {
        const { isActive, head } = await quality({ id: both });
        expect([isActive, head?.decisions, head?.version > seen]).toEqual([true, decisions, true]);
        seen = head.version;
      }, WATCHED);
    let seen = 0;
    await server.data(DECIDE, { decisions: [{ assetId: failed, labelId: ofGreen, state: 'REJECTED' }] });
    await decide(0, 5);
    await decide(5, OF_EACH);
    await learned(4 * OF_EACH);
    await server.data(UPDATE, { id: both, input: { isExclusive: true } });
    expect(await quality({ id: both })).toMatchObject({ isActive: false, head: { version: seen } });
    // Of those that were accepted: each rejects the other label.
    await learned(2 * OF_EACH);
    // What answered before the set was exclusive has nothing to say of it.
    expect((await server.data(ROLL_BACK, { id: both })).rollbackLabelSet).toEqual({ head: null, userErrors: [] });
    await server.data(UNDO);
    await learned(2 * 5);
    // Too few are left to learn from.
    await server.data(UNDO);
    await vi.waitFor(async () => expect((await quality({ id: both })).isActive).toBe(false), WATCHED);
    expect((await server.data(TRAIN, { id: both })).trainLabelSet.userErrors).toEqual([
      { code: 'LABEL_DECISIONS_MISSING' },
    ]);
    // There was time to look at all sets.
    expect(server.logged.filter((line) => line.includes('could not learn'))).toEqual([]);
  });

  test('learns anew when people correct their own mistakes, and answers by those no more', async () => {
    const input = { name: 'Mistaken', labels: [{ name: 'green' }, { name: 'pink' }] };
    const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
    mistaken = labelSet.id;
    const [ofGreen, ofPink] = (labelSet.labels as { id: string }[]).map((label) => label.id) as [string, string];
    const decide = async (states: string[]) => {
      const say = (greenState: string, pinkState: string) => (assetId: string) => [
        { assetId, labelId: ofGreen, state: greenState },
        { assetId, labelId: ofPink, state: pinkState },
      ];
      const [accepted, rejected] = states as [string, string];
      const decisions = [...pinkOnes.flatMap(say(accepted, rejected)), ...greenOnes.flatMap(say(rejected, accepted))];
      await server.data(DECIDE, { decisions });
    };
    const first = async () =>
      (await server.data(ONE, { assetId: pinkOnes[0], id: mistaken })).zeroShotClassify[0] as Answer;
    await decide(['ACCEPTED', 'REJECTED']);
    expect((await server.data(TRAIN, { id: mistaken })).trainLabelSet.head).toMatchObject({ state: 'ACTIVE' });
    expect(await first()).toMatchObject({ label: 'green', isLearned: true });
    // As many are accepted and rejected as before.
    await decide(['REJECTED', 'ACCEPTED']);
    await vi.waitFor(
      async () => expect((await quality({ id: mistaken })).head).toEqual({ version: 2, decisions: 4 * OF_EACH }),
      WATCHED,
    );
    expect((await quality({ id: mistaken })).versions).toMatchObject([{ version: 2 }, { state: 'RETIRED' }]);
    expect(await first()).toMatchObject({ label: 'pink' });
  });

  test('does not go on answering by what was taken back while it was trained', async () => {
    const input = { name: 'Late', isExclusive: true, labels: [{ name: 'green' }, { name: 'pink' }] };
    const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
    const [ofGreen, ofPink] = (labelSet.labels as { id: string }[]).map((label) => label.id);
    const accept = (assetIds: string[], labelId: string) =>
      assetIds.map((assetId) => ({ assetId, labelId, state: 'ACCEPTED' }));
    await server.data(DECIDE, { decisions: [...accept(pinkOnes, ofGreen!), ...accept(greenOnes, ofPink!)] });
    const read = answerTo('WITH \\"decided\\"');
    const trained = server.data(TRAIN, { id: labelSet.id });
    await read;
    await server.data(UNDO);
    expect((await trained).trainLabelSet.head).toMatchObject({ version: 1, decisions: 2 * OF_EACH });
    await vi.waitFor(
      async () =>
        expect(await quality({ id: labelSet.id })).toMatchObject({
          isActive: false,
          versions: [{ version: 1, state: 'RETIRED' }],
        }),
      WATCHED,
    );
  });

  test('keeps the prior for what was only accepted, or only rejected', async () => {
    const labels = [{ name: 'green' }, { name: 'pink' }, { name: 'cat' }];
    const { labelSet } = (await server.data(CREATE, { input: { name: 'One-sided', labels } })).createLabelSet;
    const one = labelSet.id as string;
    // In the order of their names.
    const [ofCat, ofGreen, ofPink] = (labelSet.labels as { id: string }[]).map((label) => label.id);
    const each = (assetIds: string[], labelId: string | undefined, state: string) =>
      assetIds.map((assetId) => ({ assetId, labelId, state }));
    const all = [...pinkOnes, ...greenOnes];
    const answers = async () =>
      new Map(
        ((await server.data(ONE, { assetId: pinkOnes[0], id: one })).zeroShotClassify as Answer[]).map((answer) => [
          answer.label,
          answer,
        ]),
      );
    const prior = await answers();
    await server.data(DECIDE, { decisions: [...each(all, ofPink, 'ACCEPTED'), ...each(all, ofCat, 'REJECTED')] });
    const train = async () => (await server.data(TRAIN, { id: one })).trainLabelSet.head;
    expect(await train()).toMatchObject({ state: 'CANDIDATE', decisions: 4 * OF_EACH, pictures: 0 });
    const none = { before: { recall: null }, after: { precision: null, recall: null }, suggestedThreshold: null };
    const counts = (acceptedCount: number, rejectedCount: number) => ({ acceptedCount, rejectedCount });
    expect(await quality({ id: one })).toMatchObject({
      isActive: false,
      before: null,
      after: null,
      labels: [
        { ...counts(0, 2 * OF_EACH), ...none },
        { ...counts(0, 0), ...none },
        { ...counts(2 * OF_EACH, 0), ...none },
      ],
    });
    const ofSome = [...each(pinkOnes, ofGreen, 'ACCEPTED'), ...each(greenOnes, ofGreen, 'REJECTED')];
    await server.data(DECIDE, { decisions: ofSome });
    expect(await train()).toMatchObject({ state: 'ACTIVE', decisions: 6 * OF_EACH, pictures: 2 * OF_EACH });
    const learned = await answers();
    for (const name of ['cat', 'pink']) expect(learned.get(name)).toEqual(prior.get(name));
    expect(learned.get('green')).toMatchObject({ isLearned: true });
    expect(learned.get('green')!.probability).toBeGreaterThan(0.5);
    const { labels: judged } = await quality({ id: one });
    expect(judged).toMatchObject([none, { ...counts(OF_EACH, OF_EACH), after: { precision: 1 } }, none]);
  });

  test('is judged without a look at what its versions compute with', async () => {
    const statements = (await allStatementsOf(() => quality())).map(({ text }) => text);
    expect(statements.filter((text) => text.includes('label_head'))).not.toEqual([]);
    expect(statements.filter((text) => text.includes('"weights"'))).toEqual([]);
    // Of one version of four.
    expect(statements.filter((text) => text.includes('"metrics"'))).toHaveLength(1);
  });

  test('does not learn again where nothing has changed since', async () => {
    const { versions } = await quality({ id: mistaken });
    expect(versions).toHaveLength(2);
  });

  test('is asked of with care: a set that is not there, a precision that is none', async () => {
    expect((await server.data(QUALITY, { id: NOWHERE })).labelSetQuality).toBeNull();
    for (const mutation of [TRAIN, ROLL_BACK])
      expect(Object.values(await server.data(mutation, { id: NOWHERE }))).toEqual([
        { head: null, userErrors: [{ code: 'LABEL_SET_NOT_FOUND' }] },
      ]);
    expect(await server.code(QUALITY, { id, wantedPrecision: 1.1 })).toBe('INVALID_ARGUMENT');
  });

  test('is classified by the head that answered when it was asked for', async () => {
    const runs = await server.closeAndRead((prisma) =>
      prisma.classification.findMany({
        where: { labelSetId: id },
        orderBy: { createdAt: 'asc' },
        select: { head: { select: { version: true } } },
      }),
    );
    expect(runs).toEqual([{ head: null }, { head: { version: 1 } }, { head: null }]);
  });
});
