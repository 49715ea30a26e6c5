import { parentPort } from 'node:worker_threads';
import { AfterimageError } from '../errors.js';
import { giveBack } from '../give-back.js';
import type { InferenceReply, InferenceRequest } from './inference.protocol.js';
import { OnnxEncoder } from './onnx-encoder.js';

let encoder: OnnxEncoder;

async function answer(request: InferenceRequest): Promise<Float32Array<ArrayBuffer>[]> {
  if (request.type === 'images') {
    const embeddings = await encoder.encodeImages(request.pictures);
    for (const { data } of request.pictures) giveBack(data);
    return embeddings;
  }
  if (request.type === 'texts') return encoder.encodeTexts(request.texts);
  encoder = await OnnxEncoder.load(request.model, request.parts);
  return [];
}

const reply = (message: InferenceReply, transfer: ArrayBuffer[] = []) => parentPort!.postMessage(message, transfer);

parentPort!.on('message', async (request: InferenceRequest) => {
  try {
    const embeddings = await answer(request);
    reply(
      { type: 'done', embeddings },
      embeddings.map(({ buffer }) => buffer),
    );
  } catch (error) {
    // Anything unexpected ends the thread; whoever waits is told so, and a fresh thread takes its place.
    if (!(error instanceof AfterimageError)) throw error;
    reply({ type: 'failed', code: error.code, message: error.message, cause: error.cause });
  }
});
