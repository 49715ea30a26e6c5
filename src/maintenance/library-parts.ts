import type { AssetIndex } from '../assets/asset-index.js';
import type { UploadLeases } from '../assets/upload-leases.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { PrismaClient } from '../database/database.js';
import type { VectorCollection } from '../vectorstore/vectorstore.js';

/** A model, and the collection of its embeddings. */
export interface ModelParts {
  readonly modelId: string;
  readonly collection: VectorCollection;
  readonly index: AssetIndex;
}

/** What the parts of a library are examined and mended through. */
export interface LibraryParts extends ModelParts {
  readonly prisma: PrismaClient;
  readonly blobs: BlobStore;
  readonly uploads: UploadLeases;
  /** Of all models that there are embeddings of; the one that is looked at is also what this extends. */
  readonly models: readonly ModelParts[];
}
