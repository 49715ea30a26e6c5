import { Kind, parse, print, type OperationDefinitionNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PLAYGROUND_TABS } from '#dist/http/playground-tabs.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng, sample } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const OPERATIONS = PLAYGROUND_TABS.flatMap(({ name: tab, query, variables }) =>
  parse(query)
    .definitions.filter(
      (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
    )
    .map(({ operation, name, variableDefinitions }) => ({
      tab,
      query,
      variables,
      operation,
      operationName: name!.value,
      files: variableDefinitions!.find(({ type }) => print(type) === '[Upload!]!')?.variable.name.value,
    })),
);

/** What one picture is too little for. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  Train: ['LABEL_DECISIONS_MISSING'],
  TakeBack: ['LABEL_HEAD_NOT_FOUND'],
};

const DRY_RUN =
  'mutation ($labelSetId: ID!) { classifyAssets(labelSetId: $labelSetId, dryRun: true) { userErrors { code } } }';

describe('the playground', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  let id: string;
  let labelSetId: string;
  let labelId: string;
  beforeAll(async () => {
    server = await startServer({ database });
    [id] = (await server.add([sample('cup-of-coffee')])) as [string];
    const create =
      'mutation { createLabelSet(input: { name: "Cups", isExclusive: true, labels: [{ name: "cup" }] }) { labelSet { id labels { id } } } }';
    const { labelSet } = (await server.data(create)).createLabelSet;
    [labelSetId, labelId] = [labelSet.id, labelSet.labels[0].id];
  });
  afterAll(() => server.close());

  test.each(OPERATIONS.filter(({ operation }) => operation !== 'subscription'))(
    '$operationName of the tab "$tab" is answered without errors',
    async ({ query, variables, operationName, files }) => {
      // What the tab leaves to be filled in.
      const filled = {
        ...variables,
        ...('assetId' in variables && { assetId: id }),
        ...('assetIds' in variables && { assetIds: [id] }),
        ...('labelSetId' in variables && { labelSetId }),
        ...('decisions' in variables && {
          decisions: [{ assetId: id, labelId, state: 'ACCEPTED', expectedRevision: 0 }],
        }),
      };
      const form = new FormData();
      if (files) Object.assign(filled, { [files]: [null] });
      form.set('operations', JSON.stringify({ query, operationName, variables: filled }));
      form.set('map', JSON.stringify(files ? { 0: [`variables.${files}.0`] } : {}));
      if (files) form.set('0', new Blob([(await numberedPng(1)).bytes]), 'one.png');
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'apollo-require-preflight': 'true' },
        body: form,
      });
      const answer = (await response.json()) as { data: object; errors?: object };
      expect(answer.errors).toBeUndefined();
      const codes = [...JSON.stringify(answer.data).matchAll(/"code":"([A-Z_]+)"/g)].map(([, code]) => code);
      expect(codes).toEqual(REFUSALS[operationName] ?? []);
    },
  );

  test('corrects one of the labels that it suggests, and leaves the others', async () => {
    const { query, variables } = PLAYGROUND_TABS.find(({ name }) => name === 'Label')!;
    const { labels } = variables as { labels: string[] };
    const add = `mutation ($assetIds: [ID!]!, $labels: [String!]!) {
      addLabels(assetIds: $assetIds, labels: $labels) { userErrors { code } } }`;
    await server.data(add, { assetIds: [id], labels });
    const correct = parse(query).definitions.find((each) => 'name' in each && each.name?.value === 'Correct')!;
    const { removeLabels } = await server.data(print(correct), { ...variables, assetIds: [id] });
    const left = removeLabels.assets[0].labels.map(({ name }: { name: string }) => name);
    expect(labels.filter((label) => left.includes(label))).toHaveLength(labels.length - 1);
  });

  test.each(OPERATIONS.filter(({ operation }) => operation === 'subscription'))(
    '$operationName of the tab "$tab" tells of what happens',
    async ({ query, operationName, variables }) => {
      const client = createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      const isClassification = 'dryRun' in variables;
      const events = client.iterate<{
        assetProcessed?: { originalName: string };
        classificationProgress?: { state: string };
      }>({ query, operationName });
      const next = events.next();
      for await (const answer of client.iterate({ query: '{ __typename }' })) expect(answer.errors).toBeUndefined();
      if (isClassification) await server.data(DRY_RUN, { labelSetId });
      else await server.add([{ ...(await numberedPng(2)), name: 'watched.png' }]);
      const { value } = await next;
      expect(value.errors).toBeUndefined();
      expect(value.data).toMatchObject(
        isClassification
          ? { classificationProgress: { state: expect.any(String) } }
          : { assetProcessed: { originalName: 'watched.png' } },
      );
      await events.return?.();
      await client.dispose();
    },
  );

  test('is a page of this server that asks no other', async () => {
    const page = await fetch(`${server.url}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(new URL(page.url).pathname).toBe('/playground');
    const html = await page.text();
    for (const { name } of PLAYGROUND_TABS) expect(html).toContain(name);
    const own = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, address]) => new URL(address!, `${server.url}/playground/`),
    );
    expect(own.length).toBeGreaterThan(2);
    for (const { origin, href } of own) {
      expect(origin).toBe(server.url);
      expect([href, (await fetch(href)).status]).toEqual([href, 200]);
    }
  });
});
