// Writes schema.graphql from the compiled code, so that a change of the API shows in the diff.
import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from '../dist/resolvers/schema.js';

// Services are called only when a query is.
const schema = await createSchema({});
writeFileSync(new URL('../schema.graphql', import.meta.url), `${printSchema(lexicographicSortSchema(schema))}\n`);
