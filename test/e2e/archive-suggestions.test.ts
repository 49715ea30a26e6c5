import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AfterimageProcess } from './support/afterimage-process.js';
import { askGraphQL } from './support/graphql-client.js';
import { describeOnEveryInstallation } from './support/installations.js';
import { runHere } from './support/run-here.js';
import { sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';
import { exportLibraries } from '#dist/cli/archive.js';
import { parseConfig } from '#dist/config.js';

const CREATE = `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { labelSet { id labels { id name } } } }`;
const REJECT = `mutation ($decisions: [LabelDecision!]!) { reviewLabels(decisions: $decisions) { batchId } }`;
const LABELS = `{ jobs(kind: SUGGEST_LABELS) { counts { queued running } } assets { edges { node {
  originalName labels(withRejected: true) { name source state } } } } }`;

interface Found {
  readonly jobs: { readonly counts: { readonly queued: number; readonly running: number } };
  readonly assets: { readonly edges: readonly { node: { originalName: string; labels: object[] } }[] };
}

describeOnEveryInstallation('pictures that an archive brings READY', (installation) => {
  let server: TestServer;
  let archive: string;
  beforeAll(async () => {
    server = await startServer();
    archive = join(server.folder, 'archive');
    const [coffee] = await server.add([sample('cup-of-coffee'), sample('horse-silhouette')]);
    const input = {
      name: 'Contents',
      isExclusive: true,
      isAutomatic: true,
      threshold: 0,
      labels: [{ name: 'coffee' }, { name: 'horse' }],
    };
    const { labels } = (await server.data(CREATE, { input })).createLabelSet.labelSet;
    const decisions = [{ assetId: coffee, labelId: labels[0].id, state: 'REJECTED' }];
    await server.data(REJECT, { decisions });
    await server.app.close();
    await exportLibraries(parseConfig({ DATA_DIR: server.folder, PORT: '0' }), archive, { withKeys: false });
  }, 60_000);
  afterAll(() => server.close());

  test('are suggested for by automatic sets, but for what people decided', async () => {
    const target = await installation.settings();
    expect(await runHere(['import-archive', archive], target)).toMatchObject({ code: 0, stderr: '' });
    const serving = new AfterimageProcess(['serve'], target);
    const url = await serving.url();
    const { assets } = await serving.until(async () => {
      const found = (await askGraphQL(url, LABELS)).data as unknown as Found;
      const { queued, running } = found.jobs.counts;
      return queued + running === 0 ? found : null;
    });
    const found = Object.fromEntries(assets.edges.map(({ node }) => [node.originalName, node.labels]));
    const suggested = { name: 'horse', source: 'MODEL', state: 'SUGGESTED' };
    expect(found['horse-silhouette.jpg']).toEqual([suggested]);
    expect(found['cup-of-coffee.jpg']).toHaveLength(2);
    expect(found['cup-of-coffee.jpg']).toEqual(
      expect.arrayContaining([suggested, { name: 'coffee', source: 'HUMAN', state: 'REJECTED' }]),
    );
  });
});
