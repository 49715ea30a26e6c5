import { Arg, Args, Authorized, Ctx, Extensions, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toPayload, toResolvePayload } from './payloads.js';
import { MAX_DISMISSED, type DuplicatesService } from '../assets/duplicates/duplicates.service.js';
import type { DuplicateMergesService } from '../merging/duplicate-merges.service.js';
import {
  DuplicateGroupConnection,
  DuplicateGroupsArgs,
  ResolveDuplicatesArgs,
  ResolveDuplicatesPayload,
} from '../schema/duplicate.types.js';
import { AssetsPayload } from '../schema/payload.types.js';

@Resolver()
export class DuplicatesResolver {
  constructor(
    private readonly duplicates: DuplicatesService,
    private readonly merges: DuplicateMergesService,
  ) {}

  @Authorized('VIEWER')
  @Query(() => DuplicateGroupConnection, {
    description: 'READY assets outside the trash that are there more than once; the largest keeper first.',
  })
  duplicateGroups(
    @Ctx() { viewer }: RequestContext,
    @Args(() => DuplicateGroupsArgs) args: DuplicateGroupsArgs,
  ): Promise<DuplicateGroupConnection> {
    return this.duplicates.list(viewer, args);
  }

  @Extensions({ length: 'trash' })
  @Authorized('EDITOR')
  @Mutation(() => ResolveDuplicatesPayload, {
    description:
      'Puts assets in the trash after their tags, labels, favourite mark and rating have been moved to the one that is ' +
      'kept, and their title, description, creator, credit, copyright, date, camera and place where that has none. What a ' +
      'person decided about a label wins; of an exclusive set the keeper has one accepted label at most. It joins the ' +
      'collections of the others, and is the cover where one of them was. All or nothing: more tags than an asset may have ' +
      'are refused.',
  })
  async resolveDuplicates(
    @Ctx() { viewer }: RequestContext,
    @Args(() => ResolveDuplicatesArgs) { keep, trash }: ResolveDuplicatesArgs,
  ): Promise<ResolveDuplicatesPayload> {
    return toResolvePayload(await this.merges.resolve(viewer, keep, trash), { keep, trash });
  }

  @Extensions({ length: 'ids' })
  @Authorized('EDITOR')
  @Mutation(() => AssetsPayload, {
    description: `Says that no two of these assets are duplicates, 2 to ${MAX_DISMISSED}: they are in no group together any more.`,
  })
  async dismissDuplicates(
    @Ctx() { viewer }: RequestContext,
    @Arg('ids', () => [ID], { description: `2 to ${MAX_DISMISSED} different ones.` }) ids: string[],
  ): Promise<AssetsPayload> {
    return toPayload(await this.duplicates.dismiss(viewer, ids), { ids });
  }
}
