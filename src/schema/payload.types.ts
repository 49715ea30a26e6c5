import { createUnionType, Field, ID, ObjectType } from 'type-graphql';
import { Asset } from './asset.types.js';
import { ErrorCode } from './enums.js';
import type { ErrorCode as Code } from '../errors.js';

@ObjectType({ simpleResolvers: true, description: 'The file is stored, and an asset of its own.' })
export class UploadedAsset {
  @Field(() => Asset)
  asset!: Asset;
}

@ObjectType({
  simpleResolvers: true,
  description: `The very same file was in the library before; no asset was added. One that had lost its original has it again,
and is PENDING where it had FAILED.`,
})
export class DuplicateAsset {
  @Field(() => Asset, { description: 'The asset that is there already, maybe in the trash.' })
  asset!: Asset;
}

@ObjectType({ simpleResolvers: true, description: 'The file was not taken, and nothing of it is kept.' })
export class RejectedUpload {
  @Field(() => String)
  originalName!: string;

  @Field(() => ErrorCode)
  code!: Code;

  @Field(() => String)
  message!: string;

  @Field(() => Boolean, { description: 'Whether the same file may be taken when it is sent again.' })
  isRetryable!: boolean;
}

export const UploadOutcome = createUnionType({
  name: 'UploadOutcome',
  description: 'What became of one file.',
  types: () => [UploadedAsset, DuplicateAsset, RejectedUpload] as const,
});

@ObjectType({ simpleResolvers: true, description: 'Why something was not done that else might have been.' })
export class UserError {
  @Field(() => ErrorCode)
  code!: Code;

  @Field(() => String)
  message!: string;

  @Field(() => ID, { nullable: true, description: 'The asset that it is about.' })
  assetId!: string | null;
}

@ObjectType({ simpleResolvers: true })
export class UpdateAssetPayload {
  @Field(() => Asset, { nullable: true })
  asset!: Asset | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The assets that it was done to, and why not to the others.' })
export class AssetsPayload {
  @Field(() => [Asset])
  assets!: Asset[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({
  simpleResolvers: true,
  description: 'The assets whose labels are as was asked, and why not those of the others.',
})
export class LabelledAssetsPayload extends AssetsPayload {
  @Field(() => ID, { nullable: true, description: 'For `undoReview`; null where nothing was changed.' })
  batchId!: string | null;
}

@ObjectType({ simpleResolvers: true })
export class DeleteAssetsPayload {
  @Field(() => [ID])
  deletedIds!: string[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}
