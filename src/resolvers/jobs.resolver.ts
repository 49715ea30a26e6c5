import { Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toRetryJobsPayload } from './payloads.js';
import type { DeadJobsService } from '../assets/dead-jobs.service.js';
import type { JobsService } from '../jobs/jobs.service.js';
import { JobConnection, JobCounts, JobsArgs, RetryJobsArgs, RetryJobsPayload } from '../schema/job.types.js';

@Resolver(() => JobConnection)
export class JobsResolver {
  constructor(
    private readonly service: JobsService,
    private readonly deadJobs: DeadJobsService,
  ) {}

  @Authorized('VIEWER')
  @Query(() => JobConnection)
  async jobs(@Ctx() { viewer }: RequestContext, @Args(() => JobsArgs) args: JobsArgs): Promise<JobConnection> {
    return { ...(await this.service.list(viewer, args)), kind: args.kind };
  }

  @Authorized('ADMIN')
  @Mutation(() => RetryJobsPayload, {
    description: 'Has FAILED jobs tried again as if for the first time; the assets that they failed are PENDING again.',
  })
  async retryJobs(
    @Ctx() { viewer }: RequestContext,
    @Args(() => RetryJobsArgs) args: RetryJobsArgs,
  ): Promise<RetryJobsPayload> {
    return toRetryJobsPayload(await this.deadJobs.retry(viewer, args), { ids: args.ids ?? [] });
  }

  @FieldResolver(() => JobCounts, { description: 'Of all jobs of the kind that was asked for, whatever their state.' })
  counts(@Ctx() { viewer }: RequestContext, @Root() { kind }: JobConnection): Promise<JobCounts> {
    return this.service.count(viewer, kind);
  }
}
