import { Args, Authorized, Ctx, Extensions, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { FacetsService } from '../assets/facets.service.js';
import { Facet, FacetsArgs } from '../schema/facet.types.js';

@Resolver()
export class FacetsResolver {
  constructor(private readonly counts: FacetsService) {}

  @Extensions({ length: 'of' })
  @Authorized('VIEWER')
  @Query(() => [Facet], {
    description: `Counts the assets that meet a filter by what they have. An asset without a value of a field is not counted
there; one with several (tags, labels) is counted with each.`,
  })
  facets(@Ctx() { viewer }: RequestContext, @Args(() => FacetsArgs) args: FacetsArgs): Promise<Facet[]> {
    return this.counts.count(viewer, args);
  }
}
