import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AfterimageProcess, type Environment } from './support/afterimage-process.js';
import { emptyDataDir } from './support/data-dir.js';
import { askGraphQL } from './support/graphql-client.js';
import { inStores } from './support/stores.js';
import { Libraries } from '#dist/access/libraries.js';
import { toPayload } from '#dist/assets/asset-payload.js';
import { fillLibrary } from '../support/large-library.js';

const PICTURES = 3_000;
const LABELS = 100;
const TRAIN = 'mutation ($id: ID!) { trainLabelSet(labelSetId: $id) { head { version } } }';

it('a server that is told to stop ends the training of a label set, for all who wait for one', async () => {
  const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', STOP_TIMEOUT: '10' };
  const ids = await fillSets(environment, 2);
  const server = new AfterimageProcess(['serve'], environment);
  const url = await server.url();
  const answers = ids.map((id) => askGraphQL(url, TRAIN, { variables: { id } }));
  // It learns for much longer.
  await sleep(3_000);
  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
  for (const answer of await Promise.all(answers))
    expect(answer.errors).toMatchObject([{ extensions: { code: 'SHUTTING_DOWN' } }]);
  await inStores(environment, async ({ database }) => expect(await database.prisma.labelHead.count()).toBe(0));
});

/** Exclusive sets of many labels, with decisions of the same pictures by chance. @returns their ids */
function fillSets(environment: Environment, count: number): Promise<string[]> {
  return inStores(environment, async ({ database: { prisma }, models: [{ modelId, collection }] }) => {
    const libraryId = await new Libraries(prisma).ensureDefault();
    await fillLibrary(prisma, libraryId, PICTURES);
    const assets = await prisma.asset.findMany();
    const assetIds = assets.map(({ id }) => id);
    await prisma.embedding.createMany({ data: assetIds.map((assetId) => ({ assetId, modelId })) });
    const vector = () => Float32Array.from({ length: collection.spec.dimension }, () => Math.random() - 0.5);
    await collection.upsert(assets.map((asset) => ({ id: asset.id, vector: vector(), payload: toPayload(asset, []) })));
    const setIds = Array.from({ length: count }, () => randomUUID());
    for (const id of setIds) {
      await prisma.labelSet.create({
        data: { id, libraryId, name: id, nameKey: id, isExclusive: true, templates: ['{}'] },
      });
      const labels = Array.from({ length: LABELS }, (_, index) => ({
        id: randomUUID(),
        libraryId,
        labelSetId: id,
        name: `kind ${index}`,
        nameKey: `kind ${index}`,
      }));
      await prisma.label.createMany({ data: labels });
      await prisma.assetLabel.createMany({
        data: assetIds.map((assetId) => ({
          assetId,
          labelId: labels[Math.floor(Math.random() * LABELS)]!.id,
          source: 'HUMAN',
          state: 'ACCEPTED',
        })),
      });
    }
    return setIds;
  });
}
