import type { AssetsService } from './assets.service.js';
import type { Viewer } from '../access/viewer.js';
import type { Asset } from '../database/generated/client.js';
import type { AssetsChange } from '../events/assets-change.js';

/** Reads what was changed once for all who are told of it at one time: else many of them read the same many times. */
export class ChangedAssets {
  readonly #reading = new Map<AssetsChange, Promise<ReadonlyMap<string, Asset>>>();

  constructor(private readonly assets: AssetsService) {}

  /**
   * Those that are still there, in the order of their ids.
   * @param change of the viewer's library; the same object for all who are told of it
   */
  async of(viewer: Viewer, change: AssetsChange): Promise<Asset[]> {
    const reading = this.#reading.get(change) ?? this.#read(viewer, change);
    const found = await reading;
    return change.assetIds.flatMap((id) => found.get(id) ?? []);
  }

  #read(viewer: Viewer, change: AssetsChange): Promise<ReadonlyMap<string, Asset>> {
    const reading = this.assets.findMany(viewer, change.assetIds).finally(() => this.#reading.delete(change));
    this.#reading.set(change, reading);
    return reading;
  }
}
