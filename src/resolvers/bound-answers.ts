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
import { JSONObject } from '../schema/scalars.js';

/**
 * Has an answer end where its lists and its JSON hold far more than they were taken for before it was executed: a picture
 * may have thousands of labels, and aliases show them again and again. The process would have no memory left for it.
 */
export function boundAnswers(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type) && !isIntrospectionType(type))
      for (const field of Object.values(type.getFields()))
        if (isListType(getNullableType(field.type))) bound(field, addList);
        else if (getNullableType(field.type) === JSONObject) bound(field, addJson);
  return schema;
}

/** By what one execution has, and no other: each event of a subscription is one. */
const sizes = new WeakMap<GraphQLResolveInfo['variableValues'], AnswerSize>();

type Add = (value: unknown, info: GraphQLResolveInfo) => void;

const addList: Add = (value, info) => Array.isArray(value) && sizeOf(info).add(value.length, info);
const addJson: Add = (value, info) => sizeOf(info).addJson(value);

function bound(field: GraphQLField<unknown, unknown>, add: Add): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    const added = (value: unknown): unknown => {
      add(value, info);
      return value;
    };
    const value: unknown = resolve(source, args, context, info);
    return value instanceof Promise ? value.then(added) : added(value);
  };
}

function sizeOf({ variableValues }: GraphQLResolveInfo): AnswerSize {
  let size = sizes.get(variableValues);
  if (!size) sizes.set(variableValues, (size = new AnswerSize()));
  return size;
}
