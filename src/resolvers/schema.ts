import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { AssetFieldsResolver } from './asset-fields.resolver.js';
import { AssetsChangeResolver } from './assets-change.resolver.js';
import { AssetsResolver } from './assets.resolver.js';
import { boundAnswers } from './bound-answers.js';
import { CollectionsResolver } from './collections.resolver.js';
import { checkRole } from './context.js';
import { describeRoles } from './describe-roles.js';
import { DuplicatesResolver } from './duplicates.resolver.js';
import { ClassificationsResolver, ProbabilityBandResolver } from './classifications.resolver.js';
import { EventsResolver } from './events.resolver.js';
import { ExploringResolver } from './exploring.resolver.js';
import { FacetsResolver } from './facets.resolver.js';
import { JobFieldsResolver } from './job-fields.resolver.js';
import { JobsResolver } from './jobs.resolver.js';
import { LabelSetFilesResolver } from './label-set-files.resolver.js';
import { LabelSetsResolver } from './label-sets.resolver.js';
import { LabelsResolver } from './labels.resolver.js';
import { LearningResolver } from './learning.resolver.js';
import { ModelsResolver } from './models.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { SavedSearchesResolver } from './saved-searches.resolver.js';
import { SearchFieldsResolver } from './search-fields.resolver.js';
import { ReviewLabelsPayloadResolver, UndoReviewPayloadResolver } from './review-fields.resolver.js';
import { ReviewResolver } from './review.resolver.js';
import { SearchResolver } from './search.resolver.js';
import { TagsResolver } from './tags.resolver.js';
import { UploadResolver } from './upload.resolver.js';
import { ViewerResolver } from './viewer.resolver.js';
import { WebhookDeliveriesResolver } from './webhook-deliveries.resolver.js';
import { WebhooksResolver } from './webhooks.resolver.js';
import type { ApiKeys } from '../access/api-keys.js';
import type { Libraries } from '../access/libraries.js';
import type { AssetsService } from '../assets/assets.service.js';
import type { ChangedAssets } from '../assets/changed-assets.js';
import type { DeadJobsService } from '../assets/dead-jobs.service.js';
import type { FacetsService } from '../assets/facets.service.js';
import type { TagRenaming } from '../assets/tag-renaming.job.js';
import type { DuplicatesService } from '../assets/duplicates/duplicates.service.js';
import type { FileLinks } from '../assets/file-links.js';
import type { IngestService } from '../assets/ingest.service.js';
import type { Config } from '../config.js';
import type { CollectionContents } from '../collections/collection-contents.js';
import type { CollectionsService } from '../collections/collections.service.js';
import type { SavedSearchesService } from '../collections/saved-searches.service.js';
import { AfterimageError } from '../errors.js';
import type { Topics } from '../events/topics.js';
import type { ExploringService } from '../exploring/exploring.service.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { AgreementService } from '../labelling/agreement.service.js';
import type { BulkAcceptanceService } from '../labelling/bulk-acceptance.service.js';
import type { ClassificationsService } from '../labelling/classifications.service.js';
import type { LabelHistoryService } from '../labelling/label-history.service.js';
import type { LabelSetsService } from '../labelling/label-sets.service.js';
import type { LabelsService } from '../labelling/labels.service.js';
import type { LearningService } from '../labelling/learning/learning.service.js';
import type { MergeLabelsService } from '../labelling/merge-labels.service.js';
import type { ReviewQueue } from '../labelling/review-queue.js';
import type { ReviewService } from '../labelling/review.service.js';
import type { SetLabelsService } from '../labelling/set-labels.service.js';
import type { ZeroShotService } from '../labelling/zero-shot.service.js';
import type { DuplicateMergesService } from '../merging/duplicate-merges.service.js';
import type { ModelsService } from '../model-change/models.service.js';
import type { SearchService } from '../search/search.service.js';
import type { WebhookDeliveriesService } from '../webhooks/webhook-deliveries.service.js';
import type { WebhooksService } from '../webhooks/webhooks.service.js';

/** What the resolvers call. */
export interface Services {
  readonly keys: ApiKeys;
  readonly libraries: Libraries;
  readonly uploadLimits: Pick<Config, 'maxUploadBytes' | 'maxPixels' | 'maxFilesPerRequest'>;
  readonly assets: AssetsService;
  readonly changedAssets: ChangedAssets;
  readonly ingest: IngestService;
  readonly tags: TagRenaming;
  readonly facets: FacetsService;
  readonly links: FileLinks;
  readonly topics: Topics;
  readonly search: SearchService;
  readonly zeroShot: ZeroShotService;
  readonly exploring: ExploringService;
  readonly collections: CollectionsService;
  readonly contents: CollectionContents;
  readonly savedSearches: SavedSearchesService;
  readonly labels: LabelsService;
  readonly duplicates: DuplicatesService;
  readonly duplicateMerges: DuplicateMergesService;
  readonly labelSets: LabelSetsService;
  readonly setLabels: SetLabelsService;
  readonly mergeLabels: MergeLabelsService;
  readonly classifications: ClassificationsService;
  readonly reviewQueue: ReviewQueue;
  readonly review: ReviewService;
  readonly bulkAcceptance: BulkAcceptanceService;
  readonly labelHistory: LabelHistoryService;
  readonly learning: LearningService;
  readonly agreement: AgreementService;
  readonly jobs: JobsService;
  readonly deadJobs: DeadJobsService;
  readonly models: ModelsService;
  readonly webhooks: WebhooksService;
  readonly webhookDeliveries: WebhookDeliveriesService;
}

/** The GraphQL schema over these services. */
export async function createSchema(services: Services): Promise<GraphQLSchema> {
  const resolvers = [
    new ViewerResolver(services.keys, services.libraries, services.uploadLimits),
    new NodeResolver({
      Asset: services.assets,
      Collection: services.collections,
      LabelSet: services.labelSets,
      SavedSearch: services.savedSearches,
      Classification: services.classifications,
    }),
    new AssetsResolver(services.assets),
    new TagsResolver(services.tags),
    new FacetsResolver(services.facets),
    new AssetFieldsResolver(services.links),
    new UploadResolver(services.ingest),
    new SearchResolver(services.search, services.zeroShot),
    new SearchFieldsResolver(),
    new LabelsResolver(services.labels),
    new ExploringResolver(services.exploring),
    new CollectionsResolver(services.collections),
    new SavedSearchesResolver(services.savedSearches),
    new DuplicatesResolver(services.duplicates, services.duplicateMerges),
    new LabelSetsResolver(services.labelSets, services.setLabels, services.mergeLabels),
    new LabelSetFilesResolver(services.labelSets, services.agreement),
    new ClassificationsResolver(services.classifications),
    new ProbabilityBandResolver(),
    new ReviewResolver(services.reviewQueue, services.review, services.bulkAcceptance, services.labelHistory),
    new ReviewLabelsPayloadResolver(),
    new UndoReviewPayloadResolver(),
    new LearningResolver(services.learning),
    new JobsResolver(services.jobs, services.deadJobs),
    new JobFieldsResolver(),
    new EventsResolver(services.assets),
    new AssetsChangeResolver(services.changedAssets),
    new ModelsResolver(services.models),
    new WebhooksResolver(services.webhooks),
    new WebhookDeliveriesResolver(services.webhookDeliveries),
  ];
  const byClass = new Map<unknown, object>(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const schema = await buildSchema({
    resolvers: resolvers.map((resolver) => resolver.constructor) as unknown as [() => unknown],
    container: { get: (resolverClass) => byClass.get(resolverClass) },
    authChecker: checkRole,
    // The services check what the schema cannot say, for every caller.
    validate: false,
    // By asking it for all of itself, at every start: it is the same each time, and a test asks for it.
    skipCheck: true,
    pubSub: {
      publish: () => {
        throw new AfterimageError('INTERNAL', 'expected events from services, received one from a resolver');
      },
      subscribe: (topic, libraryId) =>
        services.topics[topic as keyof Topics].subscribe(libraryId as string | undefined),
    },
  });
  return boundAnswers(describeRoles(schema));
}
