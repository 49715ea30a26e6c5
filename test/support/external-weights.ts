import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A field of a protobuf message: the bytes of one that has a length, the number of any other. */
export type Field = readonly [number: number, content: Buffer | number];

/** Moves the largest tensor of an ONNX file out into a file beside it. @param isValueFirst the order in each entry about it */
export function moveWeightsOut(path: string, name: string, isValueFirst: boolean): void {
  const model = fieldsOf(readFileSync(path));
  const graph = fieldsOf(bytesOf(model, GRAPH));
  const initializers = graph.filter(([number]) => number === INITIALIZER);
  const largest = initializers.toSorted((a, b) => (b[1] as Buffer).length - (a[1] as Buffer).length)[0]!;
  const tensor = fieldsOf(largest[1] as Buffer);
  const weights = bytesOf(tensor, RAW_DATA);
  writeFileSync(join(dirname(path), name), weights);
  const entries = [
    externalEntry('location', name, isValueFirst),
    externalEntry('length', `${weights.length}`, isValueFirst),
  ];
  const moved = [...tensor.filter(([number]) => number !== RAW_DATA), ...entries, [DATA_LOCATION, EXTERNAL] as const];
  const changed = graph.map((field) => (field === largest ? ([INITIALIZER, message(moved)] as const) : field));
  writeFileSync(path, message(model.map((field) => (field[0] === GRAPH ? [GRAPH, message(changed)] : field))));
}

/** An entry of a tensor's `external_data`. */
export function externalEntry(key: string, value: string, isValueFirst: boolean): Field {
  const texts: Field[] = [
    [1, Buffer.from(key)],
    [2, Buffer.from(value)],
  ];
  return [EXTERNAL_DATA, message(isValueFirst ? texts.reverse() : texts)];
}

// The numbers of onnx.proto.
export const [GRAPH, INITIALIZER] = [7, 5];
const [RAW_DATA, EXTERNAL_DATA, DATA_LOCATION, EXTERNAL] = [9, 13, 14, 1];

function bytesOf(fields: readonly Field[], wanted: number): Buffer {
  return fields.find(([number]) => number === wanted)![1] as Buffer;
}

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const length = varint();
    if (tag % 8 === 2) fields.push([Math.floor(tag / 8), bytes.subarray(at, (at += length))]);
    else fields.push([Math.floor(tag / 8), length]);
  }
  return fields;
}

export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, content]) =>
      typeof content === 'number'
        ? [varint(number * 8), varint(content)]
        : [varint(number * 8 + 2), varint(content.length), content],
    ),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}
