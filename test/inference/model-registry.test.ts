import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { listModels, loadModel } from '#dist/inference/model-registry.js';
import { BUILT_IN } from '../support/encoder.js';

const modelsDir = mkdtempSync(join(tmpdir(), 'afterimage-test-'));
const copy = join(modelsDir, 'copy');
const tokenizer = join(copy, 'tokenizer.json');

beforeEach(() => {
  rmSync(copy, { recursive: true, force: true });
  cpSync(join('models', BUILT_IN), copy, { recursive: true });
});
afterAll(() => rmSync(modelsDir, { recursive: true, force: true }));

describe('a model', () => {
  it('is found by its name, or by its folder', async () => {
    const folder = resolve('models', BUILT_IN);
    const byName = await loadModel(BUILT_IN, 'models');
    expect(byName).toMatchObject({ folder, manifest: { id: BUILT_IN } });
    expect(byName.files.text).toBe(join(folder, 'text.onnx'));
    expect(await loadModel(`./models/${BUILT_IN}`, '/nowhere')).toEqual(byName);
  });

  it('that is not there is refused with the names of those that are', async () => {
    await expect(loadModel('typo', modelsDir)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('received none; models that are there: copy') as string,
    });
    await expect(loadModel('./typo', '/nowhere')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('models that are there: none') as string,
    });
    expect(await listModels('/nowhere')).toEqual([]);
  });

  it('with a bad manifest is refused with the path of that file', async () => {
    writeFileSync(join(copy, 'model.json'), '{}');
    await expect(loadModel('copy', modelsDir)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(join(copy, 'model.json')) as string,
    });
  });
});

describe('a damaged model is refused', () => {
  const damaged = (reason: RegExp) => ({ code: 'MODEL_DAMAGED', message: expect.stringMatching(reason) as string });

  it('when a file is missing', async () => {
    rmSync(tokenizer);
    await expect(loadModel('copy', modelsDir)).rejects.toMatchObject(damaged(/tokenizer\.json, received none$/));
  });

  it('when a file is longer than the manifest says', async () => {
    appendFileSync(tokenizer, ' ');
    await expect(loadModel('copy', modelsDir)).rejects.toMatchObject(
      damaged(/^expected 711493 bytes for .*tokenizer\.json, received 711494$/),
    );
  });

  it('when one bit of a file is another', async () => {
    const bytes = readFileSync(tokenizer);
    bytes[1_000]! ^= 1;
    writeFileSync(tokenizer, bytes);
    await expect(loadModel('copy', modelsDir)).rejects.toMatchObject(
      damaged(/^expected SHA-256 9e6f91d2\w+ for .*tokenizer\.json, received "\w{64}"$/),
    );
  });
});
