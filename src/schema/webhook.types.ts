import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { WebhookDeliveryState, WebhookEvent } from './enums.js';
import { DESCRIPTION_LIMIT, written } from './limits.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';
import { MAX_URL } from '../webhooks/webhook-fields.js';

@ObjectType({ simpleResolvers: true, description: 'An address that is told what happens in your library.' })
export class Webhook {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  url!: string;

  @Field(() => [WebhookEvent])
  events!: WebhookEvent[];

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when every attempt has failed; null after one that did not.',
  })
  failingSince!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when nothing is sent, and what happens is not kept for it.',
  })
  disabledAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was disabled, where no person did that.' })
  disabledReason!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'One event for one webhook. Forgotten a week after it ended.' })
export class WebhookDelivery {
  @Field(() => ID, { description: 'The header `webhook-id`, the same at each attempt.' })
  id!: string;

  @Field(() => WebhookEvent)
  event!: WebhookEvent;

  @Field(() => ID, {
    nullable: true,
    description: 'The asset that it is about, which may be gone; of a job, what `Job.assetId` is.',
  })
  assetId!: string | null;

  @Field(() => WebhookDeliveryState)
  state!: WebhookDeliveryState;

  @Field(() => Int, { description: 'How often it was sent.' })
  attempts!: number;

  @Field(() => Int, { nullable: true, description: 'HTTP status of the last attempt; null where there was no answer.' })
  lastStatus!: number | null;

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed.' })
  lastError!: string | null;

  @Field(() => DateTime, { description: 'When it happened.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true })
export class WebhookDeliveryEdge extends edgeOf(WebhookDelivery) {}

@ObjectType({ simpleResolvers: true })
export class WebhookDeliveryConnection extends connectionOf(
  WebhookDeliveryEdge,
  'The latest first; one that was redelivered is as late as that.',
) {}

@ArgsType()
export class WebhookDeliveriesArgs extends PageArgs {
  @Field(() => ID)
  webhookId!: string;

  @Field(() => WebhookDeliveryState, { nullable: true })
  state?: WebhookDeliveryState;
}

@ArgsType()
export class CreateWebhookArgs {
  @Field(() => String, {
    description: `http or https, without user and password, up to ${written(MAX_URL)} characters.`,
  })
  url!: string;

  @Field(() => [WebhookEvent])
  events!: WebhookEvent[];

  @Field(() => String, { nullable: true, description: DESCRIPTION_LIMIT })
  description?: string;
}

@InputType({ description: 'What is left out stays as it is.' })
export class WebhookInput {
  @Field(() => String, { nullable: true, description: 'As of `createWebhook`.' })
  url?: string;

  @Field(() => [WebhookEvent], { nullable: true })
  events?: WebhookEvent[];

  @Field(() => String, { nullable: true, description: DESCRIPTION_LIMIT })
  description?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True sends at once what waits for it.' })
  enabled?: boolean;
}

@ObjectType({ simpleResolvers: true })
export class WebhookPayload {
  @Field(() => Webhook, { nullable: true })
  webhook!: Webhook | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class WebhookSecretPayload extends WebhookPayload {
  @Field(() => String, {
    nullable: true,
    description: 'What deliveries are signed with, `whsec_` and base64. It is never to be had again.',
  })
  secret!: string | null;
}

@ObjectType({ simpleResolvers: true })
export class DeleteWebhookPayload {
  @Field(() => ID, { nullable: true })
  deletedId!: string | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class WebhookDeliveryPayload {
  @Field(() => WebhookDelivery, { nullable: true, description: 'PENDING: look at it again with `webhookDeliveries`.' })
  delivery!: WebhookDelivery | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class RedeliverPayload {
  @Field(() => Int)
  redeliveredCount!: number;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
