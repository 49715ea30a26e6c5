import type { AssetIndex } from '../assets/asset-index.js';
import type { UploadLeases } from '../assets/upload-leases.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { PrismaClient } from '../database/database.js';
import type { VectorCollection } from '../vectorstore/vectorstore.js';

/** What the parts of a library are examined and mended through. */
export interface LibraryParts {
  readonly prisma: PrismaClient;
  readonly blobs: BlobStore;
  readonly collection: VectorCollection;
  readonly index: AssetIndex;
  readonly uploads: UploadLeases;
  /** The model whose embeddings are in the collection. */
  readonly modelId: string;
}
