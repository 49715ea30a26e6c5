import { blobKey, isOriginalLost, ORIGINAL } from './asset-files.js';
import type { AssetsService } from './assets.service.js';
import type { UploadLeases } from './upload-leases.js';
import type { Viewer } from '../access/viewer.js';
import type { BlobStore } from '../blobstore/blobstore.js';
import { hasBytes } from '../blobstore/has-bytes.js';
import type { Asset } from '../database/generated/client.js';

/** Gives assets the originals back that the blob store has not, or not as they were, when the same bytes are uploaded again. */
export class LostOriginals {
  constructor(
    private readonly assets: AssetsService,
    private readonly leases: UploadLeases,
    private readonly blobs: BlobStore,
  ) {}

  /** Whether the blob store has no original, or not as it came in; all of it is read. @throws BLOB_STORE_FAILED */
  async isLost(asset: Asset): Promise<boolean> {
    const { id, libraryId, sha256 } = asset;
    // Read, not only looked at: of a disk that rots the sizes stay, and who sends a picture again may do so because of that.
    return isOriginalLost(asset) || !(await hasBytes(this.blobs, blobKey(libraryId, id, ORIGINAL), sha256));
  }

  /**
   * @param key where the blob store has the same bytes
   * @returns the asset as it is then: one that had FAILED is PENDING
   * @throws UPLOAD_INTERRUPTED when others are at its files
   */
  async restore(viewer: Viewer, asset: Asset, key: string): Promise<Asset> {
    if (!(await this.isLost(asset))) return asset;
    const { id, libraryId } = asset;
    const original = blobKey(libraryId, id, ORIGINAL);
    let restored = asset;
    await this.leases.hold(id, libraryId, async () => {
      // It may have been deleted for good since.
      if (!(await this.assets.find(viewer, id))) return;
      await this.blobs.write(original, await this.blobs.read(key));
      const { assets } = await this.assets.retry(viewer, [id]);
      restored = assets[0] ?? asset;
    });
    return restored;
  }
}
