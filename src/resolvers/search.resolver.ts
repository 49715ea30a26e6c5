import { Args, Authorized, Ctx, Extensions, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toIncomingFile } from './uploads.js';
import { WORK } from './work.js';
import type { ZeroShotService } from '../labelling/zero-shot.service.js';
import type { SearchResult, SearchService } from '../search/search.service.js';
import { LENGTH } from '../schema/lengths.js';
import { SearchByTextArgs, SimilarImagesArgs } from '../schema/search.inputs.js';
import { SearchConnection } from '../schema/search.types.js';
import { ClassifiedLabel, ZeroShotClassifyArgs } from '../schema/zero-shot.types.js';

/**
 * The three questions about what pictures show. Not of types without null: a picture that cannot be asked about, because it is
 * still being processed or was deleted, would take the rest of a document along.
 */
@Resolver()
export class SearchResolver {
  constructor(
    private readonly search: SearchService,
    private readonly zeroShot: ZeroShotService,
  ) {}

  @Authorized('VIEWER')
  @Query(() => SearchConnection, {
    complexity: WORK.search,
    nullable: true,
    description:
      'READY assets by how well they fit a text, best first. Null, with its error, where it is steered by an asset that is ' +
      'not READY, or not there.',
  })
  searchByText(
    @Ctx() { viewer }: RequestContext,
    @Args(() => SearchByTextArgs) args: SearchByTextArgs,
  ): Promise<SearchResult> {
    return this.search.byText(viewer, args);
  }

  @Authorized('VIEWER')
  @Query(() => SearchConnection, {
    complexity: WORK.search,
    nullable: true,
    description:
      'READY assets by how much they look like a picture, best first. An asset is not like itself. Null, with its error, ' +
      'where an asset that is asked about is not READY, or not there. SERVER_BUSY while many pictures that are not kept, or crops, wait to be decoded.',
  })
  async similarImages(
    @Ctx() { viewer, signal }: RequestContext,
    @Args(() => SimilarImagesArgs) { image, ...args }: SimilarImagesArgs,
  ): Promise<SearchResult> {
    return this.search.similar(viewer, { ...args, image: image && (await toIncomingFile(image)), signal });
  }

  @Authorized('VIEWER')
  @Extensions({ length: LENGTH.classified })
  @Query(() => [ClassifiedLabel], {
    complexity: WORK.search,
    nullable: true,
    description:
      'Every label with how well it fits the picture, best first. A label set answers by what it learned, as in ' +
      '`classifyAssets`, where it has; see `isLearned`. Null, with its error, where the asset is not READY, or it or the ' +
      'label set is not there. SERVER_BUSY as of `similarImages`.',
  })
  async zeroShotClassify(
    @Ctx() { viewer, signal }: RequestContext,
    @Args(() => ZeroShotClassifyArgs) { image, multiLabel, ...args }: ZeroShotClassifyArgs,
  ): Promise<ClassifiedLabel[]> {
    const picture = image && (await toIncomingFile(image));
    return this.zeroShot.classify(viewer, { ...args, image: picture, isMultiLabel: multiLabel, signal });
  }
}
