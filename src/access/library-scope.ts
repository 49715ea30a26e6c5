import { createHmac, timingSafeEqual } from 'node:crypto';
import { Prisma, type PrismaClient } from '../database/database.js';
import { AfterimageError, expected } from '../errors.js';
import type { Filter, PayloadSchema } from '../vectorstore/vectorstore.js';

// What keeps the libraries apart, for rows, vectors and files. Events go out on a topic for each library.

/** The field of every point that says which library it belongs to. */
export const LIBRARY_FIELD = 'libraryId';
export const LIBRARY_PAYLOAD = { [LIBRARY_FIELD]: 'keyword' } as const satisfies PayloadSchema;

const OWN_COLUMN = new Set<string>([
  'Asset',
  'Classification',
  'Collection',
  'Job',
  'Label',
  'LabelBatch',
  'LabelHead',
  'LabelSet',
  'SavedSearch',
  'TagRenaming',
  'Upload',
  'Webhook',
  'WebhookDelivery',
]);
const OWN_BY_ASSET = new Set<string>([
  'AssetLabel',
  'CollectionAsset',
  'DistinctPair',
  'Embedding',
  'Fingerprint',
  'LabelEvent',
  'NearDuplicate',
  'UnsuggestedAsset',
]);

/** Their rows may wait for what hangs on them to be taken away. */
const HIDDEN_WHEN_DELETED = new Set<string>(['Label', 'LabelSet']);

/**
 * A client that sees and writes the rows of one library only, whatever `where` it is given, and of those none that is
 * being deleted.
 * @throws (its queries) INTERNAL for a model or an operation that cannot be held to a library
 */
export function rowsOfLibrary(prisma: PrismaClient, libraryId: string): PrismaClient {
  const client = prisma.$extends({
    query: {
      $allModels: {
        $allOperations({ model, operation, args, query }) {
          return query(scoped(model, operation, args as Args, libraryId) as typeof args);
        },
      },
    },
  });
  // A query extension changes no type.
  return client as unknown as PrismaClient;
}

interface Args {
  where?: { AND?: object };
  data?: object | object[];
}

function scoped(model: string, operation: string, args: Args, libraryId: string): Args {
  const isOwnedByAsset = OWN_BY_ASSET.has(model);
  if (!isOwnedByAsset && !OWN_COLUMN.has(model)) throw unscoped(model, operation);
  const own = isOwnedByAsset ? { asset: { libraryId } } : { libraryId };
  const condition = HIDDEN_WHEN_DELETED.has(model) ? { ...own, deletedAt: null } : own;
  switch (operation) {
    case 'findFirst':
    case 'findFirstOrThrow':
    case 'findMany':
    case 'findUnique':
    case 'findUniqueOrThrow':
    case 'count':
    case 'aggregate':
    case 'groupBy':
    case 'update':
    case 'updateMany':
    case 'updateManyAndReturn':
    case 'delete':
    case 'deleteMany':
      return { ...args, where: { ...args.where, AND: [args.where?.AND ?? [], condition].flat() } };
    case 'create':
    case 'createMany':
    case 'createManyAndReturn':
      // A row that hangs on an asset was made from an asset found by this client.
      return isOwnedByAsset ? args : { ...args, data: withLibrary(args.data!, libraryId) };
    default:
      throw unscoped(model, operation);
  }
}

function withLibrary(data: object | object[], libraryId: string): object {
  return Array.isArray(data) ? data.map((row: object) => ({ ...row, libraryId })) : { ...data, libraryId };
}

function unscoped(model: string, operation: string): AfterimageError {
  return new AfterimageError('INTERNAL', expected('an operation that is held to one library', model, operation));
}

export type LibraryRows = ReturnType<typeof rowsOfLibrary>;
export type LibraryTransaction = Prisma.TransactionClient;

/** The condition that the points of one library meet. */
export function vectorsOfLibrary(libraryId: string, filter?: Filter): Filter {
  const own: Filter = { field: LIBRARY_FIELD, in: [libraryId] };
  return filter ? { and: [own, filter] } : own;
}

/** Signs the path of a file, so that an `<img>` can show it without a key: HMAC-SHA256, 128 bits, base64url. */
export function signFile(fileSecret: Uint8Array, path: string): string {
  return createHmac('sha256', fileSecret).update(path).digest().subarray(0, 16).toString('base64url');
}

export function isFileSigned(fileSecret: Uint8Array, path: string, signature: string): boolean {
  const given = Buffer.from(signature);
  const right = Buffer.from(signFile(fileSecret, path));
  return given.length === right.length && timingSafeEqual(given, right);
}
