import { ArgsType, Extensions, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { Asset } from './asset.types.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { enumOf, LabelSource, LabelState } from './enums.js';
import { AssetFilterInput } from './filter.inputs.js';
import { Label } from './label-set.types.js';
import { LENGTH } from './lengths.js';
import { UserError } from './payload.types.js';
import { ReviewConflict } from './review-decision.types.js';
import { DateTime } from './scalars.js';
import { REVIEW_ORDERS, type ReviewOrder as Order } from '../labelling/review-queue.js';

export const ReviewOrder = enumOf(REVIEW_ORDERS);
registerEnumType(ReviewOrder, {
  name: 'ReviewOrder',
  valuesConfig: {
    UNCERTAIN_FIRST: { description: 'Suggestions nearest to a probability of one half: what a model learns most of.' },
    CONFIDENT_FIRST: { description: 'The most probable suggestions.' },
    DISAGREEMENT: {
      description:
        'What people decided, and the last classification takes for less likely than not. Whoever decides the same again ' +
        'takes it out until a classification thinks otherwise.',
    },
  },
});

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
export class ReviewEdge extends edgeOf(ReviewItem) {}

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
export class ReviewConnection extends connectionOf(ReviewEdge) {
  /** What `totalCount` counts. */
  request!: ReviewQueueArgs;
}

@ArgsType()
export class AcceptAllAboveArgs {
  @Field(() => ID)
  labelSetId!: string;

  @Field(() => Float, { description: 'Least probability, 0 to 1.' })
  probability!: number;

  @Field(() => [ID], { nullable: true, description: 'These labels of the set only.' })
  labelIds?: string[] | null;

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

  @Extensions({ length: LENGTH.undone })
  @Field(() => [ReviewConflict], {
    description:
      'What was changed again since, and stays. Of a label that was merged away since, the label that it became.',
  })
  conflicts!: readonly ReviewConflict[];

  @Field(() => [UserError])
  userErrors!: UserError[];

  /** Those that something was taken back of. */
  assetIds!: readonly string[];
}
