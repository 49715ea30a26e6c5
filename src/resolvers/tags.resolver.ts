import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { MAX_TAG } from '../assets/asset-fields.js';
import type { TagRenaming } from '../assets/tag-renaming.job.js';
import { TagPayload } from '../schema/tag.types.js';

@Resolver()
export class TagsResolver {
  constructor(private readonly tags: TagRenaming) {}

  @Authorized('EDITOR')
  @Mutation(() => TagPayload, {
    description:
      'Gives all assets of the library that have a tag another one in its place, those in the trash too: up to 500 at once, ' +
      'fewer of long texts, the rest behind the scenes. An asset that has both keeps the other one where it is. One that is ' +
      'given the tag meanwhile may keep it. Filters of saved searches and smart collections stay as they are.',
  })
  renameTag(
    @Ctx() { viewer }: RequestContext,
    @Arg('from', () => String, { description: '"Cat" and "cat" are two tags.' }) from: string,
    @Arg('to', () => String, { description: `Up to ${MAX_TAG} characters. Assets may have it already.` }) to: string,
  ): Promise<TagPayload> {
    return this.tags.rename(viewer, from, to);
  }

  @Authorized('EDITOR')
  @Mutation(() => TagPayload, {
    description:
      'Takes a tag off all assets of the library that have it, those in the trash too: up to 500 at once, fewer of long ' +
      'texts, the rest behind the scenes.',
  })
  deleteTag(@Ctx() { viewer }: RequestContext, @Arg('tag', () => String) tag: string): Promise<TagPayload> {
    return this.tags.delete(viewer, tag);
  }
}
