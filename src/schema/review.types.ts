import {
  ArgsType,
  createUnionType,
  Field,
  Float,
  ID,
  InputType,
  Int,
  ObjectType,
  registerEnumType,
} from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { AssetFilterInput } from './filter.inputs.js';
import { Asset } from './asset.types.js';
import { PageInfo } from './connection.types.js';
import { enumOf, ErrorCode, LabelSource, LabelState } from './enums.js';
import { Label } from './label-set.types.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';
import { LabelBatchKind } from '../database/generated/enums.js';
import type { ErrorCode as Code } from '../errors.js';
import { REVIEW_ORDERS, type ReviewOrder as Order } from '../labelling/review-queue.js';
import type { Decision } from '../labelling/review-scope.js';
import { MAX_DECISIONS } from '../labelling/review.service.js';

export const ReviewOrder = enumOf(REVIEW_ORDERS);
registerEnumType(ReviewOrder, {
  name: 'ReviewOrder',
  valuesConfig: {
    UNCERTAIN_FIRST: { description: 'Suggestions nearest to a probability of one half: what a model learns most of.' },
    CONFIDENT_FIRST: { description: 'The most probable suggestions.' },
    DISAGREEMENT: { description: 'What people decided, and the last classification takes for less likely than not.' },
  },
});

export const LabelVerdict = enumOf(['ACCEPTED', 'REJECTED']);
registerEnumType(LabelVerdict, { name: 'LabelVerdict' });
registerEnumType(LabelBatchKind, { name: 'LabelBatchKind', description: 'How a change of labels came about.' });

@ObjectType({ simpleResolvers: true, description: 'A label on an asset, as there is to decide of it.' })
export class ReviewAssignment {
  @Field(() => Label)
  label!: Label;

  @Field(() => LabelState)
  state!: LabelState;

  @Field(() => LabelSource)
  source!: LabelSource;

  @Field(() => Float, { nullable: true, description: '0 to 1, of the last model that was asked.' })
  probability!: number | null;

  @Field(() => ID, { nullable: true })
  modelId!: string | null;

  @Field(() => Int, { description: 'For the decision to expect: one more with each change.' })
  revision!: number;

  @Field(() => DateTime, { nullable: true, description: 'When a person decided.' })
  decidedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true })
export class ReviewItem {
  @Field(() => Asset)
  asset!: Asset;

  @Field(() => [ReviewAssignment], { description: 'The surest first.' })
  assignments!: readonly ReviewAssignment[];
}

@ObjectType({ simpleResolvers: true })
export class ReviewEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => ReviewItem)
  node!: ReviewItem;
}

@ArgsType()
export class ReviewQueueArgs extends PageArgs {
  @Field(() => ID)
  labelSetId!: string;

  @Field(() => ReviewOrder, { defaultValue: 'UNCERTAIN_FIRST' })
  order!: Order;

  @Field(() => [ID], { nullable: true, description: 'These labels of the set only.' })
  labelIds?: string[];

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;
}

@ObjectType({ simpleResolvers: true })
export class ReviewConnection {
  @Field(() => [ReviewEdge])
  edges!: readonly ReviewEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;

  /** What `totalCount` counts. */
  request!: ReviewQueueArgs;
}

@InputType()
export class LabelDecision implements Decision {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => LabelVerdict)
  state!: Decision['state'];

  @Field(() => Int, {
    nullable: true,
    description: 'What you saw, 0 for nothing: where it is another by now, nothing is changed. Any by default.',
  })
  expectedRevision?: number;
}

@ArgsType()
export class ReviewLabelsArgs {
  @Field(() => [LabelDecision], { description: `1 to ${MAX_DECISIONS}.` })
  decisions!: LabelDecision[];
}

@ObjectType({ simpleResolvers: true, description: 'The decision stands.' })
export class ReviewedLabel {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => LabelVerdict)
  state!: Decision['state'];

  @Field(() => Int)
  revision!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Somebody has changed it since you read it. Nothing was done.' })
export class ReviewConflict {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => LabelState, { nullable: true, description: 'What there is now; null for nothing.' })
  currentState!: LabelState | null;

  @Field(() => LabelSource, { nullable: true })
  currentSource!: LabelSource | null;

  @Field(() => Int, { description: '0 for nothing.' })
  currentRevision!: number;
}

@ObjectType({ simpleResolvers: true, description: 'It is about what there is not. Nothing was done.' })
export class UnknownDecision {
  @Field(() => ID)
  assetId!: string;

  @Field(() => ID)
  labelId!: string;

  @Field(() => ErrorCode)
  code!: Code;

  @Field(() => String)
  message!: string;
}

export const DecisionOutcome = createUnionType({
  name: 'DecisionOutcome',
  description: 'What became of one decision.',
  types: () => [ReviewedLabel, ReviewConflict, UnknownDecision] as const,
});

@ObjectType({ simpleResolvers: true })
export class ReviewLabelsPayload {
  @Field(() => ID, { nullable: true, description: 'For `undoReview`; null where nothing was changed.' })
  batchId!: string | null;

  @Field(() => [DecisionOutcome], { description: 'In the order of the decisions.' })
  outcomes!: readonly (ReviewedLabel | ReviewConflict | UnknownDecision)[];
}

@ArgsType()
export class AcceptAllAboveArgs {
  @Field(() => ID)
  labelSetId!: string;

  @Field(() => Float, { description: 'Least probability, 0 to 1.' })
  probability!: number;

  @Field(() => AssetFilterInput, { nullable: true })
  filter?: AssetFilterInput;
}

@ObjectType({ simpleResolvers: true })
export class AcceptAllAbovePayload {
  @Field(() => ID, { nullable: true, description: 'For `undoReview`; null where nothing was changed.' })
  batchId!: string | null;

  @Field(() => Int)
  acceptedCount!: number;

  @Field(() => Int, { description: 'Suggestions that pass as well, and are left for another call.' })
  remainingCount!: number;

  @Field(() => Int, {
    description:
      'Of an exclusive set: suggestions that pass, but whose assets have an accepted label of the set already. That stays.',
  })
  skippedCount!: number;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class UndoReviewPayload {
  @Field(() => ID, { nullable: true })
  batchId!: string | null;

  @Field(() => Int)
  undoneCount!: number;

  @Field(() => [ReviewConflict], { description: 'What was changed again since, and stays.' })
  conflicts!: readonly ReviewConflict[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'One change of one label on an asset.' })
export class LabelEvent {
  @Field(() => LabelBatchKind)
  kind!: LabelBatchKind;

  @Field(() => ID)
  batchId!: string;

  @Field(() => ID, { description: 'Of a label that may be gone.' })
  labelId!: string;

  @Field(() => String, { description: 'As it was called then.' })
  labelName!: string;

  @Field(() => LabelState, { nullable: true, description: 'Null for nothing.' })
  fromState!: LabelState | null;

  @Field(() => LabelState, { nullable: true, description: 'Null for nothing.' })
  state!: LabelState | null;

  @Field(() => LabelSource, { nullable: true })
  source!: LabelSource | null;

  @Field(() => Float, { nullable: true, description: '0 to 1, of the last model that was asked.' })
  probability!: number | null;

  @Field(() => ID, { nullable: true })
  modelId!: string | null;

  @Field(() => Int)
  revision!: number;

  @Field(() => ID, { nullable: true, description: 'The key of who did it, or asked a model to; null without keys.' })
  byId!: string | null;

  @Field(() => DateTime)
  at!: Date;
}

@ObjectType({ simpleResolvers: true })
export class LabelEventEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => LabelEvent)
  node!: LabelEvent;
}

@ArgsType()
export class LabelHistoryArgs extends PageArgs {
  @Field(() => ID)
  assetId!: string;
}

@ObjectType({ simpleResolvers: true })
export class LabelHistoryConnection {
  @Field(() => [LabelEventEdge], { description: 'The latest first.' })
  edges!: readonly LabelEventEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}
