import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { startSampleServer } from '../support/sample-server.js';
import type { TestServer } from '../support/server.js';

const NAMES = ['cat-face', 'boats-at-sunset', 'kite-in-sky'];
/** What each picture is suggested to be, in the order of the names. */
const KINDS = ['cat', 'sailing boats', 'kite'];

const CREATE =
  'mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }';
const CLASSIFY = 'mutation ($id: ID!) { classifyAssets(labelSetId: $id, threshold: 0) { userErrors { code } } }';
const DECIDE =
  'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { outcomes { __typename } } }';
const MERGE =
  'mutation ($ids: [ID!]!, $intoId: ID!) { mergeLabels(ids: $ids, intoId: $intoId) { userErrors { code } } }';
const TRASH = 'mutation ($ids: [ID!]!) { trashAssets(ids: $ids) { userErrors { code } } }';
const RESTORE = 'mutation ($ids: [ID!]!) { restoreAssets(ids: $ids) { userErrors { code } } }';
const AGREEMENT = `query ($id: ID!) { labelSetAgreement(labelSetId: $id) {
  labels { label { name } open accepted rejected } confusion { suggested { name } accepted { name } count } } }`;

describeOnEveryDatabase('how far people agree with a model', (database) => {
  let server: TestServer;
  let assetIds: string[];
  beforeAll(async () => {
    const started = await startSampleServer(database, NAMES);
    ({ server } = started);
    assetIds = NAMES.map((name) => started.ids.get(name)!);
  });
  afterAll(() => server.close());

  /** An exclusive set of the kinds, and of one that nothing is, with a suggestion for each picture. */
  const suggested = async (name: string) => {
    const input = { name, isExclusive: true, labels: [...KINDS, 'forklift'].map((kind) => ({ name: kind })) };
    const { labelSet } = (await server.data(CREATE, { input })).createLabelSet;
    await server.data(CLASSIFY, { id: labelSet.id });
    await server.waitUntilProcessed();
    const labels = labelSet.labels as { id: string; name: string }[];
    return { id: labelSet.id as string, idOf: (kind: string) => labels.find((label) => label.name === kind)!.id };
  };
  const accept = (decided: [assetId: string, labelId: string][]) =>
    server.data(DECIDE, {
      decisions: decided.map(([assetId, labelId]) => ({ assetId, labelId, state: 'ACCEPTED' })),
    });
  const agreement = async (id: string) => {
    const { labels, confusion } = (await server.data(AGREEMENT, { id })).labelSetAgreement;
    const counts = (labels as { label: { name: string }; open: number; accepted: number; rejected: number }[]).map(
      ({ label, open, accepted, rejected }) => [label.name, [open, accepted, rejected]] as const,
    );
    return { counts: Object.fromEntries(counts), confusion };
  };

  test('tells which label was accepted instead of the one that was suggested, and nothing else', async () => {
    const { id, idOf } = await suggested('Confused');
    const [cat, boats, kite] = assetIds as [string, string, string];
    await accept([
      [cat, idOf('cat')],
      [boats, idOf('sailing boats')],
      [kite, idOf('forklift')],
    ]);
    expect((await agreement(id)).confusion).toEqual([
      { suggested: { name: 'kite' }, accepted: { name: 'forklift' }, count: 1 },
    ]);
  });

  test('has nothing open of what is in the trash', async () => {
    const { id, idOf } = await suggested('Trashed');
    const [cat, boats, kite] = assetIds as [string, string, string];
    await accept([
      [cat, idOf('cat')],
      [boats, idOf('sailing boats')],
    ]);
    expect((await agreement(id)).counts).toMatchObject({ kite: [1, 0, 0] });
    await server.data(TRASH, { ids: [kite] });
    expect((await agreement(id)).counts).toMatchObject({ kite: [0, 0, 0], cat: [0, 1, 0] });
    await server.data(RESTORE, { ids: [kite] });
  });

  test('keeps what was said of labels that were merged, one into another', async () => {
    const { id, idOf } = await suggested('Merged');
    await accept(KINDS.map((kind, index) => [assetIds[index]!, idOf(kind)]));
    await server.data(MERGE, { ids: [idOf('kite')], intoId: idOf('sailing boats') });
    expect((await agreement(id)).counts).toEqual({
      cat: [0, 1, 0],
      forklift: [0, 0, 0],
      'sailing boats': [0, 2, 0],
    });
    await server.data(MERGE, { ids: [idOf('sailing boats')], intoId: idOf('cat') });
    expect(await agreement(id)).toEqual({ counts: { cat: [0, 3, 0], forklift: [0, 0, 0] }, confusion: [] });
  });

  test('keeps what was said of a suggestion whatever its label meets where it is merged, until more is said', async () => {
    const { id, idOf } = await suggested('Met');
    const [cat, boats] = assetIds as [string, string];
    // Rejects what was suggested.
    await accept([
      [cat, idOf('forklift')],
      [boats, idOf('cat')],
    ]);
    await server.data(DECIDE, { decisions: [{ assetId: cat, labelId: idOf('cat'), state: 'REJECTED' }] });
    expect((await agreement(id)).counts).toMatchObject({ cat: [0, 0, 1], forklift: [0, 0, 0] });
    await server.data(MERGE, { ids: [idOf('cat')], intoId: idOf('forklift') });
    expect((await agreement(id)).counts).toMatchObject({ forklift: [0, 0, 1] });
    await accept([[cat, idOf('kite')]]);
    expect((await agreement(id)).confusion).toContainEqual({
      suggested: { name: 'forklift' },
      accepted: { name: 'kite' },
      count: 1,
    });
    await accept([[cat, idOf('forklift')]]);
    expect((await agreement(id)).counts).toMatchObject({ forklift: [0, 1, 0] });
  });
});
