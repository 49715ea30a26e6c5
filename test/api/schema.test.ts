import { readFileSync } from 'node:fs';
import {
  getIntrospectionQuery,
  getNullableType,
  graphql,
  isInputObjectType,
  isListType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '#dist/errors.js';
import { createSchema, type Services } from '#dist/resolvers/schema.js';

// Only the types are asked for here, and no service is called for them.
const schema = await createSchema({} as Services);

test('schema.graphql is what the code says: npm run schema writes it anew', () => {
  const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(committed);
});

test('the schema is valid, and tells all of itself', async () => {
  const { data, errors } = await graphql({ schema, source: getIntrospectionQuery() });
  expect(errors).toBeUndefined();
  expect(data).toHaveProperty('__schema');
});

test('the error codes of the schema are all that there are', () => {
  const { values } = schema.getType('ErrorCode')!.toConfig() as { values: object };
  expect(Object.keys(values).sort()).toEqual(Object.keys(ERROR_CODES).sort());
});

test('every root field says which role it needs', () => {
  const { queries, mutations, subscriptions } = getMetadataStorage();
  for (const [type, fields] of [
    [schema.getQueryType(), queries],
    [schema.getMutationType(), mutations],
    [schema.getSubscriptionType(), subscriptions],
  ] as const)
    for (const { schemaName, roles } of fields)
      expect(type!.getFields()[schemaName]!.description, schemaName).toMatch(
        new RegExp(`(^|\n)Role: ${String(roles![0])}\\.$`),
      );
});

test('a length that is an argument is a list of its field', () => {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()));
  const byArgument = fields.filter(({ extensions }) => typeof extensions['length'] === 'string');
  expect(byArgument.length).toBeGreaterThan(10);
  for (const { name, args, extensions } of byArgument) {
    const argument = args.find((each) => each.name === extensions['length']);
    expect(argument && isListType(getNullableType(argument.type)), name).toBe(true);
  }
});

test.each([
  ['AssetInput', 'title', '500 characters'],
  ['AssetInput', 'description', '10,000 characters'],
  ['AssetInput', 'tags', 'up to 200, of up to 100 characters'],
  ['CollectionInput', 'description', '10,000 characters'],
  ['LabelInput', 'description', '2,000 characters'],
])('%s.%s says its limit, %s', (name, field, limit) => {
  const type = schema.getType(name);
  expect(isInputObjectType(type) && type.getFields()[field]!.description).toContain(limit);
});

test('a filter says how many values a list of it may have', () => {
  expect(schema.getType('AssetFilter')!.description).toContain('200 values');
});

test.each([
  'trashAssets',
  'restoreAssets',
  'retryAssets',
  'deleteAssets',
  'dismissDuplicates',
  'deleteLabels',
  'retryJobs',
])('%s says how many ids it takes', (name) => {
  const ids = schema
    .getMutationType()!
    .getFields()
    [name]!.args.find((arg) => arg.name === 'ids')!;
  expect(ids.description).toMatch(/1,000|100/);
});
