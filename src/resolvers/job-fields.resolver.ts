import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from './context.js';
import type * as rows from '../database/generated/client.js';
import { Asset } from '../schema/asset.types.js';
import { Job } from '../schema/job.types.js';

/** The fields of a job that its row has not. */
@Resolver(() => Job)
export class JobFieldsResolver {
  @FieldResolver(() => Asset, {
    nullable: true,
    description:
      'The asset that it is about; null when it is gone, and always for the kinds CLASSIFY_ASSETS, REFRESH_LABEL, ' +
      'DELETE_LABELS, RENAME_TAG and SUGGEST_LABELS, which are about something else.',
  })
  asset(@Root() { assetId }: rows.Job, @Ctx() { assetsById }: RequestContext): Promise<Asset | null> {
    return assetsById.load(assetId);
  }
}
