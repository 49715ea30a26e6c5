import { Arg, Args, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { webhookMissing } from './payloads.js';
import {
  CreateWebhookArgs,
  DeleteWebhookPayload,
  Webhook,
  WebhookInput,
  WebhookPayload,
  WebhookSecretPayload,
} from '../schema/webhook.types.js';
import type { WebhooksService } from '../webhooks/webhooks.service.js';

/** The addresses that are told what happens. */
@Resolver()
export class WebhooksResolver {
  constructor(private readonly service: WebhooksService) {}

  @Authorized('ADMIN')
  @Query(() => [Webhook], { description: 'All of your library, the oldest first.' })
  webhooks(@Ctx() { viewer }: RequestContext): Promise<Webhook[]> {
    return this.service.list(viewer);
  }

  @Authorized('ADMIN')
  @Mutation(() => WebhookSecretPayload, {
    description:
      'Has an address told of these events from now on, 20 of them at most in a library. The secret is shown this once.',
  })
  async createWebhook(
    @Ctx() { viewer }: RequestContext,
    @Args(() => CreateWebhookArgs) args: CreateWebhookArgs,
  ): Promise<WebhookSecretPayload> {
    return { ...(await this.service.create(viewer, args)), userErrors: [] };
  }

  @Authorized('ADMIN')
  @Mutation(() => WebhookPayload)
  async updateWebhook(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => WebhookInput) { url, events, description, enabled }: WebhookInput,
  ): Promise<WebhookPayload> {
    const webhook = await this.service.update(viewer, id, {
      ...(url != null && { url }),
      ...(events != null && { events }),
      ...(description !== undefined && { description }),
      isEnabled: enabled ?? null,
    });
    return webhook ? { webhook, userErrors: [] } : { webhook: null, userErrors: [webhookMissing(id)] };
  }

  @Authorized('ADMIN')
  @Mutation(() => WebhookSecretPayload, {
    description: 'Gives it a new secret. For a day deliveries are signed with the one before as well.',
  })
  async rotateWebhookSecret(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
  ): Promise<WebhookSecretPayload> {
    const rotated = await this.service.rotateSecret(viewer, id);
    if (!rotated) return { webhook: null, secret: null, userErrors: [webhookMissing(id)] };
    return { ...rotated, userErrors: [] };
  }

  @Authorized('ADMIN')
  @Mutation(() => DeleteWebhookPayload, { description: 'Removes it, and what waits for it.' })
  async deleteWebhook(
    @Ctx() { viewer }: RequestContext,
    @Arg('id', () => ID) id: string,
  ): Promise<DeleteWebhookPayload> {
    if (await this.service.delete(viewer, id)) return { deletedId: id, userErrors: [] };
    return { deletedId: null, userErrors: [webhookMissing(id)] };
  }
}
