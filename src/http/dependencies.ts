import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { SignIn } from '../access/sign-in.js';
import type { FileLinks } from '../assets/file-links.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { Config } from '../config.js';
import type { Metrics } from '../metrics/metrics.js';
import type { WorkMeter } from '../metrics/work-meter.js';
import type { Readiness } from '../readiness.js';
import type { LoaderSources } from '../resolvers/context.js';

/** What the HTTP server serves from. */
export interface HttpDependencies extends LoaderSources {
  readonly config: Config;
  readonly log: Logger;
  readonly schema: GraphQLSchema;
  readonly signIn: SignIn;
  readonly links: FileLinks;
  readonly blobs: BlobStore;
  readonly readiness: Readiness;
  readonly meter: WorkMeter;
  readonly metrics: Metrics;
}
