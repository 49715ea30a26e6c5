// Writes schema.graphql from the compiled code, so that a change of the API shows in the diff.
import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createAssetEvents } from '../dist/assets/asset-events.js';
import { LocalNotices } from '../dist/database/notices.js';
import { createSchema } from '../dist/resolvers/schema.js';

// The other services are called only when a query is.
const schema = await createSchema({ events: createAssetEvents(new LocalNotices()) });
writeFileSync(new URL('../schema.graphql', import.meta.url), `${printSchema(lexicographicSortSchema(schema))}\n`);
