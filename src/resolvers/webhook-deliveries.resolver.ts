import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { toRedeliverPayload, toTestPayload } from './payloads.js';
import {
  RedeliverPayload,
  WebhookDeliveriesArgs,
  WebhookDeliveryConnection,
  WebhookDeliveryPayload,
} from '../schema/webhook.types.js';
import { UP_TO_MAX_IDS } from '../schema/limits.js';
import type { WebhookDeliveriesService } from '../webhooks/webhook-deliveries.service.js';

/** What was sent to webhooks, and what waits. */
@Resolver()
export class WebhookDeliveriesResolver {
  constructor(private readonly service: WebhookDeliveriesService) {}

  // Not of a type without null: a webhook that is gone would take the rest of a document along.
  @Authorized('ADMIN')
  @Query(() => WebhookDeliveryConnection, {
    nullable: true,
    description: 'The latest first. Null, with its error, where there is no such webhook.',
  })
  webhookDeliveries(
    @Ctx() { viewer }: RequestContext,
    @Args(() => WebhookDeliveriesArgs) args: WebhookDeliveriesArgs,
  ): Promise<WebhookDeliveryConnection> {
    return this.service.list(viewer, args);
  }

  @Authorized('ADMIN')
  @Mutation(() => RedeliverPayload, {
    description: 'Has up to 1,000 deliveries sent again at once, as if for the first time, under the same ids.',
  })
  async redeliver(
    @Ctx() { viewer }: RequestContext,
    @Arg('ids', () => [ID], { description: UP_TO_MAX_IDS }) ids: string[],
  ): Promise<RedeliverPayload> {
    return toRedeliverPayload(await this.service.redeliver(viewer, ids), { ids });
  }

  @Authorized('ADMIN')
  @Mutation(() => WebhookDeliveryPayload, { description: 'Sends a message of the type `webhook.test`.' })
  async sendTestWebhook(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
  ): Promise<WebhookDeliveryPayload> {
    return toTestPayload(id, await this.service.sendTest(viewer, id));
  }
}
