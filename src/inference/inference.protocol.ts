import type { ErrorCode } from '../errors.js';
import type { LoadedModel, ModelPart } from './model-registry.js';
import type { PreparedPicture } from './preprocess.js';

/** What an inference thread is asked, one thing at a time. The first is to load its model, or parts of it. */
export type InferenceRequest =
  | { readonly type: 'load'; readonly model: LoadedModel; readonly parts: readonly ModelPart[] }
  | { readonly type: 'images'; readonly pictures: readonly PreparedPicture[] }
  | { readonly type: 'texts'; readonly texts: readonly string[] };

/** Its answer: the embeddings in order (none for 'load'), or an AfterimageError taken apart, since a class cannot cross. */
export type InferenceReply =
  | { readonly type: 'done'; readonly embeddings: readonly Float32Array<ArrayBuffer>[] }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string; readonly cause: unknown };
