import { Field, ID, InterfaceType } from 'type-graphql';

/** The object types of the schema that implement it. */
export const NODE_TYPES = ['Asset', 'Collection', 'LabelSet', 'SavedSearch', 'Classification'] as const;
export type NodeType = (typeof NODE_TYPES)[number];

@InterfaceType({
  description: 'What can be asked for by its id alone, as Relay does to read a part of it anew.',
  resolveType: ({ __typename }: { readonly __typename: NodeType }) => __typename,
})
export abstract class Node {
  @Field(() => ID)
  id!: string;
}
