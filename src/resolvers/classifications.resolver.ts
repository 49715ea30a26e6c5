import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Extensions,
  FieldResolver,
  Float,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { RequestContext } from './context.js';
import { toUserErrors } from './payloads.js';
import { PageArgs } from '../schema/asset.inputs.js';
import { Asset, AssetFailure } from '../schema/asset.types.js';
import {
  Classification,
  ClassificationConnection,
  ClassificationLabel,
  ClassificationPayload,
  ClassifyAssetsArgs,
  ProbabilityBand,
} from '../schema/classification.types.js';
import type * as rows from '../database/generated/client.js';
import type { ErrorCode } from '../errors.js';
import type { Topics } from '../events/topics.js';
import { EXAMPLES, outcomesByLabel } from '../labelling/classification-outcome.js';
import type { ClassificationsService } from '../labelling/classifications.service.js';
import { orRefusal } from '../labelling/refusals.js';
import { LENGTH } from '../schema/lengths.js';

/** Sets tried on whole libraries. */
@Resolver(() => Classification)
export class ClassificationsResolver {
  constructor(private readonly service: ClassificationsService) {}

  @Authorized('LABELLER')
  @Mutation(() => ClassificationPayload, {
    description:
      'Begins to suggest labels of a set, by the stored embeddings: source MODEL. What a person decided stays; earlier ' +
      'suggestions of the set are replaced. Of an exclusive set an asset gets one suggestion at most. A dry run counts only.',
  })
  async classifyAssets(
    @Ctx() { viewer }: RequestContext,
    @Args(() => ClassifyAssetsArgs) { dryRun, ...request }: ClassifyAssetsArgs,
  ): Promise<ClassificationPayload> {
    const { value, refusal } = await orRefusal(() => this.service.start(viewer, { ...request, isDryRun: dryRun }));
    return { classification: value, userErrors: toUserErrors(refusal) };
  }

  @Authorized('LABELLER')
  @Mutation(() => ClassificationPayload, {
    description: 'What it has suggested by then stays. One that has ended is left as it is.',
  })
  async cancelClassification(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
  ): Promise<ClassificationPayload> {
    const { value, refusal } = await orRefusal(() => this.service.cancel(viewer, id));
    return { classification: value, userErrors: toUserErrors(refusal) };
  }

  @Authorized('VIEWER')
  @Query(() => Classification, { nullable: true })
  classification(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<Classification | null> {
    return this.service.find(viewer, id);
  }

  @Authorized('VIEWER')
  @Query(() => ClassificationConnection)
  classifications(
    @Ctx() { viewer }: RequestContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<ClassificationConnection> {
    return this.service.list(viewer, page);
  }

  @Authorized('VIEWER')
  @Subscription(() => Classification, {
    topics: 'classificationProgress' satisfies keyof Topics,
    topicId: ({ context }: { context: RequestContext }) => context.viewer.libraryId,
    nullable: true,
    description:
      'Each classification of the library that comes further, or to its end, from now on. A client that is more than ' +
      '1,000 behind misses the oldest: `classification` says where it is.',
  })
  classificationProgress(@Ctx() { viewer }: RequestContext, @Root() id: string): Promise<Classification | null> {
    return this.service.find(viewer, id);
  }

  @FieldResolver(() => Float, { description: 'The share of the assets that is processed, 0 to 1.' })
  progress(@Root() { state, total, processed }: rows.Classification): number {
    if (state === 'SUCCEEDED') return 1;
    return total === 0 ? 0 : Math.min(processed / total, 1);
  }

  @FieldResolver(() => AssetFailure, { nullable: true, description: 'Why it is FAILED; null when it is not.' })
  failure(@Root() { errorCode, errorMessage }: rows.Classification): AssetFailure | null {
    return errorCode === null ? null : { code: errorCode as ErrorCode, message: errorMessage ?? '' };
  }

  @Extensions({ length: LENGTH.labelsOfSet })
  @FieldResolver(() => [ClassificationLabel], { description: 'What has come out by now, in the order of the set.' })
  labels(@Root() { vocabulary, outcome }: rows.Classification): ClassificationLabel[] {
    return outcomesByLabel(vocabulary, outcome);
  }
}

@Resolver(() => ProbabilityBand)
export class ProbabilityBandResolver {
  @Extensions({ length: EXAMPLES })
  @FieldResolver(() => [Asset], { description: 'The first three, but for those that are gone.' })
  async examples(@Root() { exampleIds }: ProbabilityBand, @Ctx() { assetsById }: RequestContext): Promise<Asset[]> {
    const assets = await Promise.all(exampleIds.map((id) => assetsById.load(id)));
    return assets.flatMap((asset) => asset ?? []);
  }
}
