import { readFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '#dist/errors.js';
import { createSchema, type Services } from '#dist/resolvers/schema.js';

// Only the types are asked for here, and no service is called for them.
const schema = await createSchema({} as Services);

test('schema.graphql is what the code says: npm run schema writes it anew', () => {
  const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toBe(committed);
});

test('the error codes of the schema are all that there are', () => {
  const { values } = schema.getType('ErrorCode')!.toConfig() as { values: object };
  expect(Object.keys(values).sort()).toEqual(Object.keys(ERROR_CODES).sort());
});
