import { Field, ID, ObjectType } from 'type-graphql';
import { Asset, AssetEdge } from './asset.types.js';
import { connectionOf, edgeOf } from './connection.types.js';
import { Node } from './node.types.js';
import { UserError } from './payload.types.js';
import { DateTime } from './scalars.js';

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: 'Assets that people put together, or, where it has a query, what that finds.',
})
export class Collection implements Node {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'No other collection of the library has it, in any case.' })
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it, or what was put into it, was last changed.' })
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true })
export class CollectionEdge extends edgeOf(Collection) {}

@ObjectType({ simpleResolvers: true })
export class CollectionConnection extends connectionOf(CollectionEdge) {}

@ObjectType({ simpleResolvers: true })
export class CollectionAssetConnection extends connectionOf(AssetEdge) {}

@ObjectType({ simpleResolvers: true, implements: Node, description: 'The arguments of searchByText under a name.' })
export class SavedSearch implements Node {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'No other saved search of the library has it, in any case.' })
  name!: string;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true })
export class SavedSearchEdge extends edgeOf(SavedSearch) {}

@ObjectType({ simpleResolvers: true })
export class SavedSearchConnection extends connectionOf(SavedSearchEdge) {}

@ObjectType({ simpleResolvers: true })
export class CollectionPayload {
  @Field(() => Collection, { nullable: true })
  collection!: Collection | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The assets that it was done to, and why not to the others.' })
export class CollectionAssetsPayload extends CollectionPayload {
  @Field(() => [Asset])
  assets!: Asset[];
}

@ObjectType({ simpleResolvers: true })
export class SavedSearchPayload {
  @Field(() => SavedSearch, { nullable: true })
  savedSearch!: SavedSearch | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class DeletePayload {
  @Field(() => ID, { nullable: true })
  deletedId!: string | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
