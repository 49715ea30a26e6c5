import { ArgsType, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { ErrorCode, JobKind, JobState } from './enums.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';

@ObjectType({
  simpleResolvers: true,
  description:
    'Work that is done behind the scenes. One that SUCCEEDED is forgotten after a week; one that FAILED, when the same work has been done after all.',
})
export class Job {
  @Field(() => ID)
  id!: string;

  @Field(() => JobKind)
  kind!: JobKind;

  @Field(() => JobState)
  state!: JobState;

  @Field(() => ID, { description: 'The asset that it is about, which may be gone; of some kinds something else.' })
  assetId!: string;

  @Field(() => Int, { description: 'How often it was started.' })
  attempts!: number;

  @Field(() => Int, {
    description: 'How often in a row its worker died while it ran; the fourth time, it is given up.',
  })
  deaths!: number;

  @Field(() => ErrorCode, { nullable: true, description: 'What the last attempt failed with.' })
  errorCode!: string | null;

  @Field(() => String, { nullable: true })
  errorMessage!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'How many jobs there are of the kind that was asked for.' })
export class JobCounts {
  @Field(() => Int)
  queued!: number;

  @Field(() => Int)
  running!: number;

  @Field(() => Int)
  succeeded!: number;

  @Field(() => Int)
  failed!: number;

  @Field(() => Float, { description: 'The share that has ended, 0 to 1; 1 when there are none.' })
  progress!: number;
}

@ObjectType({ simpleResolvers: true })
export class JobEdge extends edgeOf(Job) {}

@ArgsType()
export class JobsArgs extends PageArgs {
  @Field(() => JobKind, { nullable: true })
  kind?: JobKind;

  @Field(() => [JobState], { nullable: true })
  states?: JobState[];
}

@ObjectType({ simpleResolvers: true })
export class JobConnection extends connectionOf(JobEdge, 'The latest first.') {
  /** What `counts` counts. */
  kind?: JobKind;
}

@ArgsType()
export class RetryJobsArgs {
  @Field(() => [ID], { nullable: true, description: 'Up to 1,000.' })
  ids?: string[];

  @Field(() => Boolean, { nullable: true, description: 'All of the library, instead of ids.' })
  all?: boolean;
}

@ObjectType({ simpleResolvers: true })
export class RetryJobsPayload {
  @Field(() => Int)
  retriedCount!: number;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
