import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { type AfterimageProcess, type Environment, type WhenOver } from './afterimage-process.js';
import { sharedServers, type SharedServers } from './cluster.js';
import { askGraphQL } from './graphql-client.js';
import { runHere } from './run-here.js';
import { PHOTOGRAPH } from './upload-client.js';
import { blobKeys } from '#dist/assets/asset-files.js';

/** What a process that died had begun is taken over soon. */
const SETTINGS: Environment = { LEASE: '4', LOG_LEVEL: 'silent' };
const FIND = '{ searchByText(query: "boats at sunset", first: 1) { edges { node { originalName } } } }';

/** A cluster that the tests of the suite that calls it share: they do harm to its servers, and none to its processes. */
export function sharedFaultCluster(): () => FaultCluster {
  const servers = sharedServers();
  const releases: (() => Promise<void>)[] = [];
  let cluster: FaultCluster;
  beforeAll(async () => {
    cluster = await FaultCluster.start(servers, (release) => releases.push(release));
  });
  afterAll(async () => {
    for (const release of releases.reverse()) await release();
  });
  return () => cluster;
}

/** An API process and two workers, to which a test does harm. */
export class FaultCluster {
  #url = '';

  private constructor(
    readonly servers: SharedServers,
    readonly start: (role: 'api' | 'worker') => AfterimageProcess,
    public api: AfterimageProcess,
    readonly workers: readonly [AfterimageProcess, AfterimageProcess],
  ) {}

  static async start(servers: SharedServers, whenOver?: WhenOver): Promise<FaultCluster> {
    const startProcess = await servers.cluster(whenOver);
    const start = (role: 'api' | 'worker') => startProcess(role, { ...SETTINGS, LOG_LEVEL: 'warn' });
    const cluster = new FaultCluster(servers, start, start('api'), [start('worker'), start('worker')]);
    [cluster.#url] = await Promise.all([cluster.api.url(), ...cluster.workers.map((worker) => worker.url())]);
    return cluster;
  }

  /** Of the API that was started last. */
  readonly url = (): string => this.#url;

  async restartApi(): Promise<void> {
    this.api = this.start('api');
    this.#url = await this.api.url();
  }

  async rows<Row extends object>(sql: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.servers.databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async count(from: string): Promise<number> {
    const [row] = await this.rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
    return row!.count;
  }

  /**
   * Waits until nothing is under way, and expects that each asset is READY and there once, that nothing else is there,
   * and that the photograph is found.
   * @param told the ids of the assets by the names of their files, as the clients were told
   */
  async expectWhole(told: ReadonlyMap<string, string>): Promise<void> {
    await this.api.until(
      async () =>
        (await this.count(
          `(SELECT "id" FROM "job" WHERE "state" <> 'SUCCEEDED' UNION ALL SELECT "id" FROM "upload") AS "open"`,
        )) === 0,
      'the end of all work',
      { interval: 100 },
    );
    const assets = await this.rows<{ id: string; library_id: string; original_name: string; state: string }>(
      'SELECT "id", "library_id", "original_name", "state" FROM "asset" ORDER BY "original_name" COLLATE "C"',
    );
    const sorted = [...told].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(assets.map(({ original_name, id, state }) => [original_name, id, state])).toEqual(
      sorted.map(([name, id]) => [name, id, 'READY']),
    );
    const { store } = this.servers.s3();
    expect([...store.objects.keys()].filter((key) => key !== '~probe').sort()).toEqual(
      assets.flatMap(({ library_id, id }) => blobKeys(library_id, id)).sort(),
    );
    expect(store.uploads.size).toBe(0);
    const settings = { ...this.servers.settings(), ...SETTINGS };
    expect(await runHere(['doctor'], settings)).toMatchObject({ code: 0, stdout: 'Nothing is wrong.\n', stderr: '' });
    expect(await askGraphQL(this.url(), FIND)).toEqual({
      data: { searchByText: { edges: [{ node: { originalName: PHOTOGRAPH } }] } },
    });
  }
}
