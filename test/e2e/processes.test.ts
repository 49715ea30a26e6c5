import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { onlyLine, run } from './support/afterimage-process.js';
import { sharedServers } from './support/cluster.js';
import { temporaryFolder } from './support/data-dir.js';
import { askGraphQL, uploadFiles } from './support/graphql-client.js';
import { SAMPLE_NAMES, SAMPLES } from './support/samples.js';
import { eventsOf } from '../support/event-stream.js';
import { numberedPng } from '../support/pictures.js';
import { multipartForm } from '../support/server.js';

const NAMES = SAMPLE_NAMES.slice(0, 16);

describe.skipIf(inject('server') === null)('an API process and two workers', () => {
  const { cluster, databaseUrl, qdrant } = sharedServers();

  it('take in, process, announce and find pictures together', async () => {
    const start = await cluster();
    const [api, ...workers] = [
      start('api'),
      start('worker'),
      start('worker', { PUBLIC_URL: 'https://gallery.example' }),
    ];
    const all = [api!, ...workers];
    const [url, ...healths] = await Promise.all(all.map((process) => process.url()));
    for (const each of [url, ...healths])
      expect(await (await fetch(`${each}/ready`)).json()).toMatchObject({ status: 'ready' });
    for (const each of healths) expect((await fetch(`${each}/graphql`, { method: 'POST' })).status).toBe(404);

    const listen = async (query: string) => {
      const names: string[] = [];
      const stream = await fetch(`${url}/graphql/stream?query=${encodeURIComponent(query)}`, {
        headers: { accept: 'text/event-stream', 'apollo-require-preflight': 'true' },
      });
      const reading = (async () => {
        for await (const { data } of eventsOf(stream))
          for (const [, name] of JSON.stringify(data ?? '').matchAll(/"originalName":"([^"]+)","state":"READY"/g))
            names.push(name!);
      })();
      return { names, reading };
    };
    const announced = [
      await listen('subscription { assetProcessed { originalName state } }'),
      await listen('subscription { assetsChanged(kinds: [PROCESSED]) { assets { originalName state } } }'),
    ];

    const answer = await uploadFiles(
      url!,
      NAMES.map((name) => join(SAMPLES, name)),
    );
    expect(answer.data).toEqual({ uploadAssets: NAMES.map(() => ({ __typename: 'UploadedAsset' })) });
    for (const { names } of announced) {
      await api!.until(() => names.length >= NAMES.length, 'every event');
      expect(names.sort()).toEqual(NAMES);
    }

    const found = '{ edges { node { originalName } } }';
    expect(await askGraphQL(url!, `{ searchByText(query: "boats at sunset", first: 1) ${found} }`)).toMatchObject({
      data: { searchByText: { edges: [{ node: { originalName: 'boats-at-sunset.jpg' } }] } },
    });
    // The one question for which an API process needs the other half of the model.
    const similar = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: multipartForm(
        `query ($image: Upload) { similarImages(image: $image, first: 1) ${found} }`,
        { image: null },
        {
          image: { name: 'cat.jpg', bytes: readFileSync(join(SAMPLES, 'cat-face.jpg')) },
        },
      ),
    });
    expect(await similar.json()).toMatchObject({
      data: { similarImages: { edges: [{ node: { originalName: 'cat-face.jpg' } }] } },
    });

    expect(await ask<{ workers: number }>('SELECT count(DISTINCT worker_id)::int AS workers FROM job')).toEqual([
      { workers: 2 },
    ]);
    const endings = await Promise.all(all.map((process) => process.kill('SIGTERM')));
    for (const { code, stderr } of endings) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await Promise.all(announced.map(({ reading }) => reading));
  });

  it('lose nothing of what a worker does not finish, told to stop or killed', async () => {
    const start = await cluster();
    const url = await start('api').url();
    const before = await count('asset');
    let isAway = true;
    // Forever, as far as the workers live to see.
    qdrant().beforeAnswer = ({ path }) =>
      isAway && /\/points(?:\/batch)?$/.test(path) ? new Promise(() => undefined) : undefined;
    const folder = await temporaryFolder();
    const paths = Array.from({ length: 6 }, (_, index) => join(folder, `${index}.png`));
    for (const [index, path] of paths.entries()) await writeFile(path, (await numberedPng(index)).bytes);
    const add = (from: number, to: number) => uploadFiles(url, paths.slice(from, to));
    const settings = { LEASE: '2', STOP_TIMEOUT: '5', WORKERS: '2' };

    const stopped = start('worker', settings);
    await stopped.url();
    await add(0, 3);
    await stopped.until(async () => (await count('job', `state = 'RUNNING'`)) === 3, 'three jobs that run');
    const askedAt = Date.now();
    expect(await stopped.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(Date.now() - askedAt).toBeLessThan(5_000);
    expect(await count('job', `state = 'QUEUED' AND deaths = 0 AND failures = 0`)).toBe(3);

    const killed = start('worker', settings);
    await killed.url();
    await add(3, 6);
    await killed.until(async () => (await count('job', `state = 'RUNNING'`)) === 6, 'six jobs that run');
    await killed.kill('SIGKILL');

    isAway = false;
    const third = start('worker', { ...settings, STOP_TIMEOUT: '25' });
    await third.until(async () => (await count('job', `state = 'SUCCEEDED' AND deaths = 1`)) === 6, 'all of them', {
      interval: 100,
    });
    expect(await count('asset', `state = 'READY'`)).toBe(before + 6);
    expect(await third.kill('SIGTERM')).toMatchObject({ code: 0 });
  });

  async function count(table: string, condition = 'true'): Promise<number> {
    const [row] = await ask<{ count: number }>(`SELECT count(*)::int FROM ${table} WHERE ${condition}`);
    return row!.count;
  }

  async function ask<Row extends object>(sql: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }
});

it.each([
  ['api', {}, 'DATABASE_URL QDRANT_URL S3_BUCKET'],
  ['worker', { DATABASE_URL: 'postgres://host/name', S3_BUCKET: 'bucket' }, 'QDRANT_URL'],
])(
  'the role %s is refused where a part is embedded, in one line that names what is missing',
  async (role, set, missing) => {
    const line = onlyLine(await run(['serve', '--role', role], { DATA_DIR: await temporaryFolder(), ...set }));
    const problem = `=undefined (expected beside ROLE=${role}: what is embedded belongs to one process)`;
    const problems = missing.split(' ').map((name) => `${name}${problem}`);
    expect(line).toBe(`afterimage: expected valid settings, received ${problems.join(', ')} [CONFIG_INVALID]`);
  },
);
