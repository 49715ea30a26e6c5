import { SAMPLE_SIZE } from './backgrounds.js';
import type { Viewer } from '../access/viewer.js';
import type { AssetFilter } from '../assets/asset-filter.js';
import type { AssetsService } from '../assets/assets.service.js';
import { loadOnce } from '../load-once.js';
import type { Filter } from '../vectorstore/vectorstore.js';

/** What a search looks among: the READY assets that meet its filter, but for some. Nothing is asked for twice. */
export class SearchScope {
  /** The same, as the vector store is told. @throws INVALID_FILTER */
  readonly condition: () => Promise<Filter>;
  readonly #excluded: () => Promise<readonly string[]>;

  /** @param findExcluded ids of what it leaves out */
  constructor(
    private readonly assets: AssetsService,
    private readonly viewer: Viewer,
    private readonly filter: AssetFilter,
    findExcluded: () => Promise<readonly string[]>,
  ) {
    this.#excluded = loadOnce(findExcluded);
    this.condition = loadOnce(() => this.#findCondition());
  }

  /** Ids of a random sample of it. */
  async sample(): Promise<string[]> {
    const [ids, excluded] = await Promise.all([
      this.assets.sample(this.viewer, this.filter, SAMPLE_SIZE),
      this.#excluded(),
    ]);
    const isExcluded = new Set(excluded);
    return ids.filter((id) => !isExcluded.has(id));
  }

  async #findCondition(): Promise<Filter> {
    const [condition, ids] = await Promise.all([
      this.assets.pointCondition(this.viewer, this.filter),
      this.#excluded(),
    ]);
    return ids.length === 0 ? condition : { and: [condition, { not: { ids } }] };
  }
}
