import {
  Arg,
  Authorized,
  Ctx,
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
import { toModelPayload } from './payloads.js';
import type { ErrorCode } from '../errors.js';
import type { Topics } from '../events/topics.js';
import type { ModelProgress } from '../model-change/model-progress.js';
import type { ModelsService } from '../model-change/models.service.js';
import { EmbeddingFailure, Model, ModelPayload } from '../schema/model.types.js';

/** Which models there are embeddings of, and the change from one to another. */
@Resolver(() => Model)
export class ModelsResolver {
  constructor(private readonly service: ModelsService) {}

  @Authorized('ADMIN')
  @Query(() => [Model], {
    description: 'All that the installation has embeddings of, the active one first. They are of all its libraries.',
  })
  models(): Promise<Model[]> {
    return this.service.list();
  }

  @Authorized('ADMIN')
  @Mutation(() => ModelPayload, {
    description:
      'Begins to embed every asset of all libraries by this model, which becomes the active one of all when it is ' +
      'complete. Until then, the one before answers. One that stands by becomes active at once. MODEL_NOT_FOUND where ' +
      'the server has no files of it.',
  })
  async changeModel(@Arg('id', () => ID) id: string): Promise<ModelPayload> {
    return toModelPayload(await this.service.change(id));
  }

  @Authorized('ADMIN')
  @Mutation(() => ModelPayload, {
    description: 'Gives up the change that is under way, in all libraries; what it has made is removed.',
  })
  async cancelModelChange(): Promise<ModelPayload> {
    return toModelPayload(await this.service.cancel());
  }

  @Authorized('ADMIN')
  @Mutation(() => ModelPayload, {
    description: 'Makes the model that was active before the active one of all libraries again, at once.',
  })
  async rollbackModel(): Promise<ModelPayload> {
    return toModelPayload(await this.service.rollBack());
  }

  @Authorized('ADMIN')
  @Mutation(() => ModelPayload, {
    description:
      'Removes all embeddings of a model that stands by, in all libraries. MODEL_UNKNOWN where there are none.',
  })
  async dropModel(@Arg('id', () => ID) id: string): Promise<ModelPayload> {
    return toModelPayload(await this.service.drop(id));
  }

  @Authorized('ADMIN')
  @Subscription(() => Model, {
    topics: 'modelChange' satisfies keyof Topics,
    description:
      'Each model that comes further or into another state from now on. A client that is more than 1,000 behind misses ' +
      'the oldest: `models` says how far they are.',
  })
  modelChange(@Root() model: ModelProgress): Model {
    return model;
  }

  @FieldResolver(() => Float, { description: 'The share of the assets that is done or failed, 0 to 1; 1 for none.' })
  progress(@Root() { total, done, failed }: Model): number {
    return total === 0 ? 1 : Math.min((done + failed) / total, 1);
  }

  @FieldResolver(() => [EmbeddingFailure], {
    description: 'Of assets in your library, the first 200. `retryJobs` has them tried again.',
  })
  async failures(@Root() { id }: Model, @Ctx() { viewer }: RequestContext): Promise<EmbeddingFailure[]> {
    const failed = await this.service.failures(viewer, id);
    return failed.map(({ assetId, failureCode, failureMessage }) => ({
      assetId,
      code: failureCode as ErrorCode,
      message: failureMessage ?? '',
    }));
  }
}
