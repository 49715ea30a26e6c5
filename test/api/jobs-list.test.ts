import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';

const JOBS = `query ($first: Int, $after: String, $kind: JobKind) { jobs(first: $first, after: $after, kind: $kind) {
  edges { node { id } } pageInfo { hasNextPage endCursor } } }`;

let server: TestServer;
/** The latest first; two are of one moment. */
let ids: string[];
beforeAll(async () => {
  const [low, high] = [randomUUID(), randomUUID()].sort() as [string, string];
  ids = [randomUUID(), high, low, randomUUID()];
  server = await startServer({
    prepare: (prisma, libraryId) =>
      prisma.job.createMany({
        data: [3, 2, 2, 1].map((day, index) => ({
          id: ids[index]!,
          libraryId,
          kind: index === 0 ? 'PURGE_ASSET' : 'SYNC_VECTOR',
          assetId: randomUUID(),
          state: 'SUCCEEDED',
          createdAt: new Date(Date.UTC(2020, 0, day)),
          finishedAt: new Date(),
        })),
      }),
  });
});
afterAll(() => server.close());

test.each([
  ['all of them', undefined, 0],
  ['those of a kind', 'SYNC_VECTOR', 1],
])('jobs are listed from the latest on, page by page: %s', async (_, kind, from) => {
  const found: string[] = [];
  for (let after: string | null = null, isMore = true; isMore;) {
    const { jobs }: any = await server.data(JOBS, { first: 2, after, kind }); // oxlint-disable-line typescript/no-explicit-any
    found.push(...jobs.edges.map(({ node }: { node: { id: string } }) => node.id));
    after = jobs.pageInfo.endCursor;
    isMore = jobs.pageInfo.hasNextPage;
  }
  expect(found).toEqual(ids.slice(from));
});
