import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { JobConnection, JobCounts, JobsArgs } from '../schema/job.types.js';

@Resolver(() => JobConnection)
export class JobsResolver {
  constructor(private readonly service: JobsService) {}

  @Authorized('VIEWER')
  @Query(() => JobConnection)
  async jobs(@Ctx() { viewer }: RequestContext, @Args(() => JobsArgs) args: JobsArgs): Promise<JobConnection> {
    return { ...(await this.service.list(viewer, args)), kind: args.kind };
  }

  @FieldResolver(() => JobCounts, { description: 'Of all jobs of the kind that was asked for, whatever their state.' })
  counts(@Ctx() { viewer }: RequestContext, @Root() { kind }: JobConnection): Promise<JobCounts> {
    return this.service.count(viewer, kind);
  }
}
