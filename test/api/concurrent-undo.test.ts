import { expect, test } from 'vitest';
import { describeOnAServer } from '../support/databases.js';
import { interleaveAfter } from '../support/interleave.js';
import { insertLabelled } from '../support/label-rows.js';
import { useServerWithPool } from '../support/server-with-pool.js';

const ACCEPT = `mutation ($id: ID!) { acceptAllAbove(labelSetId: $id, probability: 0.5) {
  batchId acceptedCount remainingCount userErrors { code } } }`;
const DECIDE = 'mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }';
const UNDO =
  'mutation ($batchId: ID) { undoReview(batchId: $batchId) { batchId undoneCount conflicts { assetId } userErrors { code } } }';

/** Two portions, the last one not full. */
const COUNT = 1_100;
const PORTION = 1_000;
/** What portions of either end with. */
const WRITES_HISTORY = /INSERT INTO "label_event"/;

describeOnAServer('a bulk acceptance that is undone while it is under way', (database) => {
  let setId: string;
  let labelId: string;
  const on = useServerWithPool(database, {
    prepare: async (prisma, libraryId) => {
      ({ setId, labelId } = await insertLabelled(prisma, libraryId, { name: 'quokka', count: COUNT }));
      await prisma.$executeRaw`
          UPDATE asset_label SET source = 'MODEL', state = 'SUGGESTED', probability = 0.9, model_id = 'm'`;
    },
  });

  const accept = async () => (await on.server.data(ACCEPT, { id: setId })).acceptAllAbove;
  const undo = async () => (await on.server.data(UNDO)).undoReview;
  const requireAllUndone = async () => {
    const { rows } = await on.pool.query('SELECT state, count(*)::int FROM asset_label GROUP BY state');
    expect(rows).toEqual([{ state: 'SUGGESTED', count: COUNT }]);
    expect((await undo()).userErrors).toEqual([{ code: 'LABEL_BATCH_NOT_FOUND' }]);
  };

  test('adds nothing to what is undone already', async () => {
    let undone: object | undefined;
    const accepted = await interleaveAfter(WRITES_HISTORY, async () => (undone = await undo()), accept);
    expect(undone).toMatchObject({ undoneCount: PORTION, conflicts: [], userErrors: [] });
    expect(accepted).toMatchObject({ acceptedCount: PORTION, remainingCount: COUNT - PORTION, userErrors: [] });
    await requireAllUndone();
  });

  test('has undone what it added between two portions of the undo', async () => {
    let undoing: Promise<object> | undefined;
    const accepting: Promise<object> = interleaveAfter(
      WRITES_HISTORY,
      () =>
        new Promise<void>((resolve, reject) => {
          const whenHalfUndone = () => {
            resolve();
            return accepting;
          };
          undoing = interleaveAfter(WRITES_HISTORY, whenHalfUndone, undo);
          undoing.catch(reject);
        }),
      accept,
    );
    const count = PORTION + COUNT;
    expect(await accepting).toMatchObject({ acceptedCount: count, remainingCount: 0, userErrors: [] });
    expect(await undoing).toMatchObject({ undoneCount: count, conflicts: [], userErrors: [] });
    await requireAllUndone();
  });

  test('is undone to its end by a second undo, which tells of no conflict with the first', async () => {
    await accept();
    const fail = () => Promise.reject(new Error('the connection is gone'));
    const interrupted = await interleaveAfter(WRITES_HISTORY, fail, () => on.server.gql(UNDO));
    expect(interrupted.errors).toHaveLength(1);
    const ofState = async (state: string): Promise<string> =>
      (await on.pool.query('SELECT asset_id FROM asset_label WHERE state = $1 LIMIT 1', [state])).rows[0].asset_id;
    const [undone, left] = [await ofState('SUGGESTED'), await ofState('ACCEPTED')];
    const decisions = [undone, left].map((assetId) => ({ assetId, labelId, state: 'REJECTED' }));
    await on.server.data(DECIDE, { decisions });
    const [{ id: batchId }] = (await on.pool.query("SELECT id FROM label_batch WHERE kind = 'ACCEPT_ABOVE' AND undone_at IS NULL")).rows; // prettier-ignore
    expect((await on.server.data(UNDO, { batchId })).undoReview).toMatchObject({
      undoneCount: COUNT - PORTION - 1,
      conflicts: [{ assetId: left }],
      userErrors: [],
    });
  });
});
