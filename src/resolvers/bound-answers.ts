import {
  defaultFieldResolver,
  getNullableType,
  isIntrospectionType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { AnswerSize } from './answer-size.js';

/**
 * Has an answer end where its lists hold far more than they were taken for before it was executed: a picture may have
 * thousands of labels, and aliases show them again and again. The process would have no memory left for it.
 */
export function boundAnswers(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type) && !isIntrospectionType(type))
      for (const field of Object.values(type.getFields()))
        if (isListType(getNullableType(field.type))) boundList(field);
  return schema;
}

/** By what one execution has, and no other: each event of a subscription is one. */
const sizes = new WeakMap<GraphQLResolveInfo['variableValues'], AnswerSize>();

function boundList(field: GraphQLField<unknown, unknown>): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    const bound = (list: unknown): unknown => {
      if (Array.isArray(list)) sizeOf(info).add(list.length, info);
      return list;
    };
    const list: unknown = resolve(source, args, context, info);
    return list instanceof Promise ? list.then(bound) : bound(list);
  };
}

function sizeOf({ variableValues }: GraphQLResolveInfo): AnswerSize {
  let size = sizes.get(variableValues);
  if (!size) sizes.set(variableValues, (size = new AnswerSize()));
  return size;
}
