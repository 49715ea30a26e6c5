import { open } from 'node:fs/promises';
import { ProtobufFile, type ProtobufField } from './protobuf.js';
import { AfterimageError, expected } from '../../errors.js';

/**
 * Where an ONNX model may hold tensors, by the numbers of the fields
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
const MESSAGES = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparseTensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparseTensor', 23: 'sparseTensor' },
  sparseTensor: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'externalData' },
} as const satisfies Record<string, Readonly<Record<number, string>>>;

/**
 * The names of the files in which an ONNX file keeps weights outside itself, sorted. Only those that lie beside it: a
 * name that leads elsewhere is refused before the runtime follows it.
 * @throws MODEL_INVALID naming the file
 */
export async function externalDataOf(path: string): Promise<string[]> {
  const names = new Set<string>();
  const handle = await open(path);
  try {
    const { size: end } = await handle.stat();
    await findNames(new ProtobufFile(handle), 'model', { start: 0, end }, names);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = `expected an ONNX model in ${path}, received something else (${cause.message})`;
    throw new AfterimageError('MODEL_INVALID', message, { cause });
  } finally {
    await handle.close();
  }
  for (const name of names) {
    if (!/^\w[\w.-]*$/.test(name))
      throw new AfterimageError(
        'MODEL_INVALID',
        expected('the plain name of a file beside it', `weights of ${path}`, name),
      );
  }
  return [...names].sort();
}

async function findNames(
  file: ProtobufFile,
  type: keyof typeof MESSAGES,
  message: Omit<ProtobufField, 'number'>,
  names: Set<string>,
): Promise<void> {
  const inside: Readonly<Record<number, keyof typeof MESSAGES | 'externalData'>> = MESSAGES[type];
  for await (const field of file.fields(message)) {
    const content = inside[field.number];
    if (content === undefined) continue;
    if (content !== 'externalData') {
      await findNames(file, content, field, names);
      continue;
    }
    const { key, value } = await entryOf(file, field);
    if (key === 'location') names.add(value);
  }
}

/** A StringStringEntryProto: field 1 the key, 2 the value, in any order. */
async function entryOf(file: ProtobufFile, message: ProtobufField): Promise<{ key: string; value: string }> {
  const texts = new Map<number, string>();
  for await (const field of file.fields(message)) texts.set(field.number, await file.text(field));
  return { key: texts.get(1) ?? '', value: texts.get(2) ?? '' };
}
