import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { chooseFiles, type FileChoice } from '#dist/inference/model-files.js';
import { loadModel, type LoadedModel } from '#dist/inference/model-registry.js';
import { describeFile, writeTinyModel } from '../support/tiny-models.js';

const FP32 = 'onnx/vision_model.onnx';
const INT8 = 'onnx/vision_model_int8.onnx';

let folder: string;
let said: { info: string[]; warn: string[] };

/** tiny-siglip with a second file of its image encoder, which may be damaged before the manifest is written. */
async function modelOfTwoFiles(damage: (path: string) => void = () => undefined): Promise<LoadedModel> {
  writeTinyModel('tiny-siglip', folder, undefined, (manifest) => {
    copyFileSync(join(folder, FP32), join(folder, INT8));
    damage(join(folder, INT8));
    const image = { ...manifest.image, variants: { fp32: FP32, int8: INT8 } };
    return { ...manifest, image, files: [...manifest.files, describeFile(folder, INT8)] };
  });
  return loadModel(folder, '/nowhere');
}

/** The name of the file that is chosen for images. */
async function chosen(model: LoadedModel, choice: Partial<FileChoice> = {}): Promise<string> {
  said = { info: [], warn: [] };
  const log = { info: (line: string) => said.info.push(line), warn: (line: string) => said.warn.push(line) };
  const { files } = await chooseFiles(model, { modelDtype: 'auto', executionProvider: 'cpu', ...choice }, log);
  expect(basename(files.text)).toBe('text_model.onnx');
  return basename(files.image);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'afterimage-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

describe('of several files of an encoder', () => {
  it('the fastest is taken, and what was measured is remembered beside the model', async () => {
    const model = await modelOfTwoFiles();
    const measured = join(folder, 'measured.json');
    await chosen(model);
    expect(said.info).toEqual([
      expect.stringMatching(/^tiny-siglip: (fp32|int8) for the image encoder, by fp32 [\d.]+ ms, int8 [\d.]+ ms$/),
    ]);
    const times = JSON.parse(readFileSync(measured, 'utf8')) as Record<string, Record<string, number>>;
    const [[machine, files]] = Object.entries(times) as [[string, Record<string, number>]];
    const [fp32, int8] = Object.keys(files) as [string, string];
    expect([fp32, int8]).toEqual([expect.stringContaining(`image ${FP32}`), expect.stringContaining(`image ${INT8}`)]);

    for (const [faster, name] of [
      [{ [fp32]: 1, [int8]: 2 }, basename(FP32)],
      [{ [fp32]: 2, [int8]: 1 }, basename(INT8)],
    ] as const) {
      writeFileSync(measured, JSON.stringify({ [machine]: faster }));
      const { ino } = statSync(measured);
      expect(await chosen(model)).toBe(name);
      expect(statSync(measured).ino).toBe(ino);
    }
    // What another machine measured, or what cannot be read, counts for nothing.
    writeFileSync(measured, JSON.stringify({ 'another machine': files }));
    await chosen(model);
    expect(Object.keys(JSON.parse(readFileSync(measured, 'utf8')) as object)).toEqual(['another machine', machine]);
  });

  it('what was measured is remembered by the process where it cannot be written', async () => {
    const model = await modelOfTwoFiles();
    mkdirSync(join(folder, 'measured.json', 'in-the-way'), { recursive: true });
    const first = await chosen(model);
    const { info, warn } = said;
    expect(warn).toEqual([
      expect.stringMatching(/^expected to keep what was measured in .*measured\.json, received E/),
    ]);
    expect(readdirSync(folder).filter((name) => name.startsWith('measured'))).toEqual(['measured.json']);
    expect(await chosen(model)).toBe(first);
    expect(said).toEqual({ info, warn: [] });
  });

  it('the one of the dtype that is set is taken, and nothing is measured', async () => {
    const model = await modelOfTwoFiles();
    expect(await chosen(model, { modelDtype: 'fp32' })).toBe(basename(FP32));
    expect(await chosen(model, { modelDtype: 'int8' })).toBe(basename(INT8));
    expect(() => statSync(join(folder, 'measured.json'))).toThrow('ENOENT');
    await expect(chosen(model, { modelDtype: 'fp16' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'expected one of fp32, int8 for the image encoder of tiny-siglip for MODEL_DTYPE, received "fp16"',
    });
  });

  it('one that cannot be loaded is passed over with a warning', async () => {
    const model = await modelOfTwoFiles((path) => truncateSync(path, 100_000));
    expect(await chosen(model)).toBe(basename(FP32));
    expect(said.warn).toEqual([
      expect.stringMatching(/vision_model_int8\.onnx is passed over: expected an ONNX model/),
    ]);
  });
});

it('of one file nothing is measured, whatever dtype is set', async () => {
  writeTinyModel('tiny-siglip', folder);
  const model = await loadModel(folder, '/nowhere');
  for (const modelDtype of ['auto', 'int8'] as const) expect(await chosen(model, { modelDtype })).toBe(basename(FP32));
  expect(said).toEqual({ info: [], warn: [] });
});

it.each(['cuda', 'coreml', 'dml'] as const)(
  'where %s is not there, one warning says so and the cpu computes',
  async (provider) => {
    writeTinyModel('tiny-siglip', folder);
    const log = { info: () => undefined, warn: (line: string) => said.warn.push(line) };
    said = { info: [], warn: [] };
    const choice = { modelDtype: 'auto', executionProvider: provider } as const;
    const model = await chooseFiles(await loadModel(folder, '/nowhere'), choice, log);
    expect(model.provider).toBe('cpu');
    expect(said.warn).toEqual([
      expect.stringMatching(`^EXECUTION_PROVIDER=${provider} does not work here, so the cpu computes: .`),
    ]);
  },
);
