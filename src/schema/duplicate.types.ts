import { ArgsType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageArgs } from './asset.inputs.js';
import { Asset } from './asset.types.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { enumOf } from './enums.js';
import { UserError } from './payload.types.js';
import { DUPLICATE_KINDS, MAX_LISTED, type DuplicateKind as Kind } from '../assets/duplicates/duplicates.service.js';
import { KEEPER_REASONS, type KeeperReason as Reason } from '../assets/duplicates/keeper-order.js';
import { DEFAULT_SIMILARITY, LEAST_SIMILARITY } from '../assets/duplicates/near-duplicates.js';

export const DuplicateKind = enumOf(DUPLICATE_KINDS);
export const KeeperReason = enumOf(KEEPER_REASONS);

registerEnumType(DuplicateKind, {
  name: 'DuplicateKind',
  valuesConfig: {
    EXACT: {
      description:
        'As wide and as high, and of the same pixels at the size of the preview: files that differ in metadata or in ' +
        'lossless compression. Not one of more than 8 bits a channel and one of 8, and not files of several pictures, such ' +
        'as animations. The very same file cannot be there twice.',
    },
    NEAR: {
      description:
        'The same picture, resized, compressed, coloured otherwise, marked, or cropped by up to a tenth; EXACT ones too. No ' +
        'plain ones, such as blank scans, any two of which are alike. Of an animation the first frame counts.',
    },
  },
});
registerEnumType(KeeperReason, {
  name: 'KeeperReason',
  description: 'What the suggested keeper has before the best of the others.',
  valuesConfig: {
    LARGEST: { description: 'More pixels.' },
    DEEPEST: { description: 'As many pixels, with more than 8 bits a channel, which the others have not.' },
    SHARPEST: {
      description: 'As many pixels, and clearly sharper: by more than compression or a slight edit makes.',
    },
    OLDEST: { description: 'As many pixels, not clearly less sharp, and captured, or else uploaded, earlier.' },
    MOST_BYTES: {
      description: 'As many pixels, not clearly less sharp, of the same time, and in a file of more bytes.',
    },
    ANY: { description: 'Nothing.' },
  },
});

@ObjectType({ simpleResolvers: true })
export class Duplicate {
  @Field(() => Asset)
  asset!: Asset;

  @Field(() => Float, {
    description: `How much it is the same picture as the keeper, ${LEAST_SIMILARITY} to 1: the correlation of both once one is laid on the other.`,
  })
  similarity!: number;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'Assets that show the same picture. Each is a duplicate of the keeper, and in no other group. Of more than 300 copies of one picture some may be in another group, or in none.',
})
export class DuplicateGroup {
  @Field(() => Asset, {
    description:
      'Suggested: of the largest the oldest, then the one of most bytes, but for those that another is clearly sharper than, as it is than a blurred or enlarged one.',
  })
  keeper!: Asset;

  @Field(() => KeeperReason)
  keeperReason!: Reason;

  @Field(() => [Duplicate], { description: `The others, the largest first, then the oldest; ${MAX_LISTED} at most.` })
  duplicates!: readonly Duplicate[];

  @Field(() => Int, { description: 'How many it has, the keeper too.' })
  size!: number;
}

@ObjectType({ simpleResolvers: true })
export class DuplicateGroupEdge extends edgeOf(DuplicateGroup) {}

@ObjectType({ simpleResolvers: true })
export class DuplicateGroupConnection extends connectionOf(DuplicateGroupEdge) {
  @Field(() => Int, { description: 'Exact.' })
  totalCount!: number;
}

@ArgsType()
export class DuplicateGroupsArgs extends PageArgs {
  @Field(() => DuplicateKind)
  kind!: Kind;

  @Field(() => Float, {
    nullable: true,
    description: `Of NEAR ones: the least similarity to the keeper, ${LEAST_SIMILARITY} to 1; ${DEFAULT_SIMILARITY} by default.`,
  })
  threshold?: number;
}

@ArgsType()
export class ResolveDuplicatesArgs {
  @Field(() => ID, { description: 'An asset that is not in the trash.' })
  keep!: string;

  @Field(() => [ID], { description: '1 to 1,000.' })
  trash!: string[];
}

@ObjectType({ simpleResolvers: true })
export class ResolveDuplicatesPayload {
  @Field(() => Asset, {
    nullable: true,
    description: 'Null when there is no such asset, or none outside the trash. As it was where nothing was done.',
  })
  keeper!: Asset | null;

  @Field(() => [Asset])
  trashed!: readonly Asset[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}
