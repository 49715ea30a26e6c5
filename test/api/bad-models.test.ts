import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { startServer } from '../support/server.js';
import { describeFile, writeTinyModel, type TinyModel } from '../support/tiny-models.js';

const modelsDir = mkdtempSync(join(tmpdir(), 'afterimage-bad-models-'));
afterAll(() => rmSync(modelsDir, { recursive: true, force: true }));

/** Writes a model whose files are changed before its manifest is. */
function writeBad(tiny: TinyModel, name: string, damage: (folder: string) => void, change: object = {}): void {
  const folder = join(modelsDir, name);
  writeTinyModel(tiny, folder, undefined, (manifest) => {
    damage(folder);
    return { ...manifest, files: manifest.files.map((file) => describeFile(folder, file.name)), ...change };
  });
}

/** What a server answers that is started with such a model. */
async function refusal(tiny: TinyModel, name: string, damage: (folder: string) => void, change: object = {}) {
  writeBad(tiny, name, damage, change);
  return startServer({ settings: { MODEL: name, MODELS_DIR: modelsDir } }).then(
    async (server) => {
      await server.close();
      throw new Error('expected a refusal, received a server');
    },
    (error: unknown) => error,
  );
}

const invalid = (message: RegExp) => ({ code: 'MODEL_INVALID', message: expect.stringMatching(message) as string });

describe('a server does not start with a model', () => {
  it('whose ONNX file is cut off', async () => {
    const error = await refusal('tiny-siglip', 'cut', (folder) =>
      truncateSync(join(folder, 'onnx/text_model.onnx'), 200_000),
    );
    expect(error).toMatchObject(
      invalid(/^expected an ONNX model in .*cut.onnx.text_model\.onnx, received something else$/),
    );
  });

  it('whose tokenizer has more tokens than the text encoder', async () => {
    const error = await refusal('tiny-siglip', 'large', (folder) =>
      cpSync('test/fixtures/tiny-clip/tokenizer.json', join(folder, 'tokenizer.json')),
    );
    expect(error).toMatchObject(
      invalid(
        /^expected a tokenizer of the vocabulary of .*text_model\.onnx, which has fewer tokens for .*large.tokenizer\.json, received 49408$/,
      ),
    );
  });

  it('whose tokenizer has far fewer', async () => {
    const error = await refusal('tiny-clip', 'small', (folder) =>
      cpSync('test/fixtures/tiny-siglip/tokenizer.json', join(folder, 'tokenizer.json')),
    );
    expect(error).toMatchObject(
      invalid(
        /^expected a tokenizer of the vocabulary of .*text_model\.onnx, which has many more tokens for .*small.tokenizer\.json, received 2000$/,
      ),
    );
  });

  it('whose manifest has another dimension', async () => {
    const error = await refusal('tiny-siglip', 'dimension', () => undefined, { dimension: 64 });
    expect(error).toMatchObject(
      invalid(
        /^expected the dimension 32 for pooler_output in the manifest of .*dimension.onnx.\w+\.onnx, received 64$/,
      ),
    );
  });

  it('nor keeps it as the first one of a library: that starts with another', async () => {
    const DATA_DIR = join(modelsDir, 'data');
    cpSync(inject('embeddedTemplate'), join(DATA_DIR, 'database'), { recursive: true });
    const start = (MODEL: string) =>
      createApp(
        parseConfig({ MODEL, MODELS_DIR: modelsDir, DATA_DIR, PORT: '0', WORKERS: '1' }),
        pino({ level: 'silent' }),
      );
    const cut = (folder: string) => truncateSync(join(folder, 'onnx/text_model.onnx'), 200_000);
    writeBad('tiny-siglip', 'first', cut, { id: 'first' });
    writeTinyModel('tiny-siglip', join(modelsDir, 'tiny-siglip'));
    await expect(start('first')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    const app = await start('tiny-siglip');
    await app.close();
    expect(app.model).toEqual({ id: 'tiny-siglip', isAsSet: true });
  });
});
