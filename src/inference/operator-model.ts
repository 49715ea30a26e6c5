/** An operator of ONNX on matrices of 32-bit numbers. */
export interface Operator {
  readonly name: string;
  /** Of the names `a`, `b` and so on, in the order of the operator. */
  readonly inputs: readonly string[];
  /** The attribute that is 1, if any. */
  readonly flag?: string;
  /** Where it is none of the standard ones. */
  readonly domain?: string;
}

// The numbers here and below are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
const IR_VERSION = 8;
const OPSET = 13;
const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/**
 * The ONNX model that is this one operator, for matrices of any size.
 * @returns the bytes of a ModelProto with these inputs and the output `y`
 */
export function operatorModel({ name, inputs, flag, domain = '' }: Operator): Uint8Array {
  const attribute = flag ? message(5, text(1, flag), number(3, 1), number(20, ATTRIBUTE_INT)) : [];
  const node = message(
    1,
    ...inputs.map((input) => text(1, input)),
    text(2, 'y'),
    text(4, name),
    attribute,
    text(7, domain),
  );
  const graph = message(7, node, text(2, name), ...inputs.map((input) => matrix(11, input)), matrix(12, 'y'));
  const opsets = [message(8, number(2, OPSET)), domain ? message(8, text(1, domain), number(2, 1)) : []];
  return Uint8Array.from([...number(1, IR_VERSION), ...graph, ...opsets.flat()]);
}

/** A ValueInfoProto with two dimensions of any size. */
function matrix(field: number, name: string): number[] {
  const shape = message(2, message(1), message(1));
  return message(field, text(1, name), message(2, message(1, number(1, FLOAT), shape)));
}

function message(field: number, ...parts: readonly (readonly number[])[]): number[] {
  const content = parts.flat();
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

function text(field: number, value: string): number[] {
  return message(field, [...Buffer.from(value)]);
}

function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
