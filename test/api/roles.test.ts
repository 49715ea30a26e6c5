import { isListType, isNonNullType, type GraphQLInputType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema, type Services } from '#dist/resolvers/schema.js';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const ROLES = ['VIEWER', 'LABELLER', 'EDITOR', 'ADMIN'] as const;

// Only the types are asked for here, and no service is called for them.
const schema = await createSchema({} as Services);
const { queries, mutations, subscriptions } = getMetadataStorage();
const required = new Map(
  [...queries, ...mutations, ...subscriptions].map(({ schemaName, roles }) => [schemaName, roles as readonly string[]]),
);
const rootFields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.values(type!.getFields()).map((field) => ({ operation: type!.name.toLowerCase(), field })),
);

test('every root field names the one role that it needs', () => {
  expect(rootFields.length).toBeGreaterThan(15);
  for (const { field } of rootFields) {
    expect(required.get(field.name), field.name).toHaveLength(1);
    expect(ROLES, field.name).toContain(required.get(field.name)![0]);
  }
});

test('who may do what', () => {
  const byRole = ROLES.map((role) => [
    role,
    rootFields.flatMap(({ field: { name } }) => (required.get(name)![0] === role ? name : [])).sort(),
  ]);
  expect(Object.fromEntries(byRole)).toEqual({
    VIEWER: [
      'asset',
      'assetProcessed',
      'assets',
      'assetsByIds',
      'assetsChanged',
      'classification',
      'classificationProgress',
      'classifications',
      'clusters',
      'collection',
      'collections',
      'duplicateGroups',
      'exportLabelSet',
      'facets',
      'jobs',
      'labelHistory',
      'labelSet',
      'labelSetQuality',
      'labelSets',
      'map',
      'node',
      'randomAssets',
      'savedSearch',
      'savedSearches',
      'searchByText',
      'similarImages',
      'timeline',
      'viewer',
      'zeroShotClassify',
    ],
    LABELLER: [
      'acceptAllAbove',
      'addLabels',
      'cancelClassification',
      'classifyAssets',
      'labelAssets',
      'labelSetAgreement',
      'removeLabels',
      'reviewLabels',
      'reviewQueue',
      'rollbackLabelSet',
      'trainLabelSet',
      'undoReview',
    ],
    EDITOR: [
      'addToCollection',
      'createCollection',
      'createLabelSet',
      'createLabels',
      'createReadyMadeLabelSet',
      'createSavedSearch',
      'deleteCollection',
      'deleteLabelSet',
      'deleteLabels',
      'deleteSavedSearch',
      'deleteTag',
      'dismissDuplicates',
      'importLabelSet',
      'mergeLabels',
      'removeFromCollection',
      'renameTag',
      'resolveDuplicates',
      'restoreAssets',
      'retryAssets',
      'trashAssets',
      'updateAsset',
      'updateAssets',
      'updateCollection',
      'updateLabel',
      'updateLabelSet',
      'updateSavedSearch',
      'uploadAsset',
      'uploadAssets',
    ],
    ADMIN: [
      'apiKeys',
      'cancelModelChange',
      'changeModel',
      'createWebhook',
      'deleteAssets',
      'deleteWebhook',
      'dropModel',
      'modelChange',
      'models',
      'redeliver',
      'retryJobs',
      'rollbackModel',
      'rotateWebhookSecret',
      'sendTestWebhook',
      'updateWebhook',
      'webhookDeliveries',
      'webhooks',
    ],
  });
});

describe('over HTTP', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database, keys: Object.fromEntries(ROLES.map((role) => [role, { role }])) });
  });
  afterAll(() => server.close());

  const cases = rootFields
    .filter(({ operation }) => operation !== 'subscription')
    .flatMap((root) => ROLES.map((role) => ({ ...root, role, name: root.field.name })));

  test.each(cases)('$role and $name', async ({ operation, field, role }) => {
    const args = field.args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
    const inputs = args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
    const values = args.map(({ name }) => `${name}: $${name}`).join(', ');
    const document = `${operation} ${inputs && `(${inputs})`} { ${field.name}${values && `(${values})`} { __typename } }`;
    const variables = Object.fromEntries(args.map(({ name, type }) => [name, valueOf(type)]));
    const { errors } = field.name.startsWith('upload')
      ? await server.multipart(
          document,
          variables,
          { [field.name === 'uploadAsset' ? 'file' : 'files.0']: await numberedPng(1) },
          { key: role },
        )
      : await server.gql(document, variables, role);
    const isAllowed = ROLES.indexOf(role) >= ROLES.indexOf(required.get(field.name)![0] as typeof role);
    const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
    if (isAllowed) expect(codes).not.toContain('FORBIDDEN');
    else expect(codes).toEqual(['FORBIDDEN']);
  });

  test.each(ROLES)('%s and a request with two files', async (role) => {
    const similar = (name: string) => `${name}: similarImages(image: $${name}, first: 1) { __typename }`;
    const { status, errors } = await server.multipart(
      `query ($a: Upload, $b: Upload) { ${similar('a')} ${similar('b')} }`,
      { a: null, b: null },
      { a: await numberedPng(1), b: await numberedPng(2) },
      { key: role },
    );
    // Who may not upload would fill the disk with what is refused afterwards.
    const isAllowed = role === 'EDITOR' || role === 'ADMIN';
    expect([status, errors?.[0]]).toEqual([
      isAllowed ? 200 : 413,
      isAllowed
        ? undefined
        : {
            message: `expected no more files than 1 in a request for the role ${role}, received 2`,
            extensions: { code: 'GRAPHQL_INVALID', isRetryable: false },
          },
    ]);
  });
});

/** A value that the type takes. */
function valueOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return [valueOf(type.ofType)];
  switch (String(type)) {
    case 'ID':
      return NOWHERE;
    case 'Int':
      return 1;
    case 'GeoBox':
      return { west: -10, south: -10, east: 10, north: 10 };
    case 'String':
      return 'a label';
    case 'DuplicateKind':
      return 'NEAR';
    case 'FacetField':
      return 'TAG';
    case 'Upload':
      return null;
    case 'AssetInput':
    case 'AssetsInput':
    case 'CollectionChanges':
    case 'LabelSetPatch':
    case 'LabelPatch':
    case 'WebhookInput':
      return {};
    case 'LabelInput':
    case 'LabelSetInput':
      return { name: 'a name' };
    case 'LabelDecision':
      return { assetId: NOWHERE, labelId: NOWHERE, state: 'ACCEPTED' };
    case 'Float':
      return 0.5;
    case 'ReadyMadeLabelSet':
      return 'SCENES';
    case 'LabelSetFormat':
      return 'JSON';
    case 'CollectionInput':
      return { name: 'a collection' };
    case 'SearchInput':
      return { query: 'a cat' };
    case 'WebhookEvent':
      return 'ASSET_READY';
    default:
      throw new Error(`expected a type that the test knows, received ${String(type)}`);
  }
}
