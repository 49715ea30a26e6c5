import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { sharedServers } from './support/cluster.js';
import { emptyDataDir } from './support/data-dir.js';
import { fillSets } from './support/decided-sets.js';
import { askGraphQL } from './support/graphql-client.js';
import { inStores } from './support/stores.js';

const TRAIN = 'mutation ($id: ID!) { trainLabelSet(labelSetId: $id) { head { version } userErrors { code } } }';

it('a server that is told to stop ends the training of a label set, for all who wait for one', async () => {
  const environment = { DATA_DIR: await emptyDataDir(), PORT: '0', STOP_TIMEOUT: '10' };
  const ids = await fillSets(environment, { sets: 2, pictures: 1_000, labels: 100 });
  const server = new AfterimageProcess(['serve'], environment);
  const url = await server.url();
  const answers = Promise.all(ids.map((id) => askGraphQL(url, TRAIN, { variables: { id } })));
  // It learns for much longer.
  await sleep(1_500);
  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
  for (const { errors } of await answers) expect(errors).toMatchObject([{ extensions: { code: 'SHUTTING_DOWN' } }]);
  await inStores(environment, async ({ database }) => expect(await database.prisma.labelHead.count()).toBe(0));
});

describe.skipIf(inject('server') === null)('processes that learn from the same decisions at once', () => {
  const { cluster, settings } = sharedServers();

  it('keep one version of them', async () => {
    const start = await cluster();
    const urls = await Promise.all([start('api'), start('api')].map((process) => process.url()));
    const environment = { DATA_DIR: await emptyDataDir(), ...settings() };
    const [id] = await fillSets(environment, { sets: 1, pictures: 300, labels: 30 });
    const answers = await Promise.all(urls.map((url) => askGraphQL(url, TRAIN, { variables: { id } })));
    const trained = { data: { trainLabelSet: { head: { version: 1 }, userErrors: [] } } };
    expect(answers).toEqual([trained, trained]);
    // Whoever asks again wants another.
    expect(await askGraphQL(urls[0]!, TRAIN, { variables: { id } })).toMatchObject({
      data: { trainLabelSet: { head: { version: 2 } } },
    });
  });
});
