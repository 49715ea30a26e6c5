import { dirname, join, resolve } from 'node:path';
import type { Config } from './config.js';
import { AfterimageError } from './errors.js';
import type { Encoder } from './inference/encoder.js';

type Setting = Pick<Config, 'model' | 'modelsDir'>;

/**
 * The errors of a model that is served, as clients may hear them: which of its files is meant, and not where that is. What
 * there is to say to whoever runs the server is their cause.
 */
export async function withoutFolders<T>({ model, modelsDir }: Setting, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AfterimageError)) throw error;
    const folders = [resolve(modelsDir), dirname(resolve(model))];
    const message = folders.reduce((text, folder) => text.replaceAll(join(folder, '/'), ''), error.message);
    if (message === error.message) throw error;
    throw new AfterimageError(error.code, message, { cause: error });
  }
}

/** An encoder with such errors. */
export class ServedEncoder implements Encoder {
  constructor(
    private readonly encoder: Encoder,
    private readonly setting: Setting,
  ) {}

  get manifest(): Encoder['manifest'] {
    return this.encoder.manifest;
  }

  start(): Promise<void> {
    return withoutFolders(this.setting, () => this.encoder.start());
  }

  encodeImage(...args: Parameters<Encoder['encodeImage']>): Promise<Float32Array> {
    return withoutFolders(this.setting, () => this.encoder.encodeImage(...args));
  }

  encodeTexts(...args: Parameters<Encoder['encodeTexts']>): Promise<Float32Array[]> {
    return withoutFolders(this.setting, () => this.encoder.encodeTexts(...args));
  }

  close(): Promise<void> {
    return this.encoder.close();
  }
}
