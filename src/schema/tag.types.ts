import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true })
export class TagPayload {
  @Field(() => Int, { description: 'Assets that had the tag, and have it no more.' })
  changedCount!: number;

  @Field(() => Int, {
    description: 'Assets that have it still, and lose it behind the scenes, by jobs of the kind RENAME_TAG.',
  })
  remainingCount!: number;
}
