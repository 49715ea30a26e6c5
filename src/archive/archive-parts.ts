import type { AssetEmbeddings } from '../assets/asset-embeddings.js';
import type { UploadLeases } from '../assets/upload-leases.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import type { PrismaClient } from '../database/database.js';
import type { JobQueue } from '../jobs/job-queue.js';
import type { VectorCollection } from '../vectorstore/vectorstore.js';

/** What a library is exported from and imported into. */
export interface ArchiveParts {
  readonly prisma: PrismaClient;
  readonly blobs: BlobStore;
  /** The embeddings of that model, which is the active one. */
  readonly collection: VectorCollection;
  readonly modelId: string;
  readonly embeddings: AssetEmbeddings;
  readonly uploads: UploadLeases;
  readonly queue: JobQueue;
}
