import { createReadStream } from 'node:fs';
import { AfterimageError, expected } from '../../errors.js';

// An entry of `external_data` in a TensorProto (onnx.proto): field 1 "location", then field 2, the length, the name.
const KEY = Buffer.concat([Buffer.from([0x0a, 0x08]), Buffer.from('location'), Buffer.from([0x12])]);
const MAX_NAME = 127;

/**
 * The names of the files in which an ONNX file keeps weights outside itself, sorted. Only those that lie beside it: a
 * name that leads elsewhere is refused before the runtime follows it.
 * @throws MODEL_INVALID naming the file
 */
export async function externalDataOf(path: string): Promise<string[]> {
  const names = new Set<string>();
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 22 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    for (let at = bytes.indexOf(KEY); at >= 0; at = bytes.indexOf(KEY, at + 1)) {
      const length = bytes[at + KEY.length];
      const start = at + KEY.length + 1;
      // What does not lie whole in this piece is looked for again together with the next.
      if (length === undefined || start + length > bytes.length) break;
      if (length <= MAX_NAME) names.add(bytes.toString('utf8', start, start + length));
    }
    rest = bytes.subarray(Math.max(0, bytes.length - KEY.length - 1 - MAX_NAME));
  }
  for (const name of names) {
    if (!/^\w[\w.-]*$/.test(name))
      throw new AfterimageError('MODEL_INVALID', expected('the plain name of a file beside it', `weights of ${path}`, name));
  }
  return [...names].sort();
}
