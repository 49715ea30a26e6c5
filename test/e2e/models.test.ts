import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listAll, type ListedModel } from '#dist/models/list-models.js';
import { HubDouble } from '../models/hub-double.js';
import { onlyLine, run } from './support/afterimage-process.js';
import { temporaryFolder } from './support/data-dir.js';

const TINY = 'test/fixtures/tiny-siglip';

it('a model is pulled by a command, listed, and refused in one line when there is one', async () => {
  const MODELS_DIR = join(await temporaryFolder(), 'models');
  const settings = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
  const hub = new HubDouble(TINY, [...settings, 'onnx/vision_model.onnx', 'onnx/text_model.onnx']);
  await hub.start();
  onTestFinished(() => hub.close());
  // The warning is undici's, which calls its agent for proxies experimental.
  const environment = { MODELS_DIR, HUB_URL: hub.url, HF_TOKEN: 'hf_a_secret_token', NODE_NO_WARNINGS: '1' };
  const flags = ['--id', 'mine', '--language', 'en,de', '--logit-scale', '100', '--logit-bias=-12', '--yes'];

  const pulled = await run(['models', 'pull', 'owner/tiny', ...flags], environment);
  expect(pulled).toMatchObject({ code: 0, stderr: '' });
  expect(pulled.stdout).toContain('logitScale 100 and logitBias -12 are as given.');
  expect(pulled.stdout).not.toContain(environment.HF_TOKEN);
  expect(JSON.parse(await readFile(join(MODELS_DIR, 'mine', 'model.json'), 'utf8'))).toMatchObject({
    id: 'mine',
    languages: ['en', 'de'],
    logitBias: -12,
  });

  // Its weights are random: what is alike need not be closer, and then the exit code says so.
  const checked = await run(['models', 'check', 'mine'], environment);
  expect(checked.stdout).toMatch(/mine: 32 dimensions.*\n.* ms a picture, .* ms a text/);
  const models = await listAll(MODELS_DIR, 'cpu');
  const [, picture, text] = /([\d.]+) ms a picture, ([\d.]+) ms a text/.exec(checked.stdout)!;
  const { msPerPicture, msPerText } = models.find(({ id }) => id === 'mine')!;
  expect([msPerPicture!.toFixed(1), msPerText!.toFixed(1)]).toEqual([picture, text]);
  expect(models.filter(({ isInstalled }) => isInstalled)).toMatchObject([{ id: 'mine', dimension: 32 }]);
  expect(models).toContainEqual(expect.objectContaining({ id: 'siglip2-base-224', isInstalled: false }));

  // As measured with an accelerator, which this machine need not have; and a copy that nobody finds by its name.
  const measuredFile = join(MODELS_DIR, 'mine', 'measured.json');
  const measured = JSON.parse(await readFile(measuredFile, 'utf8')) as Record<string, Record<string, number>>;
  const [[machine, times]] = Object.entries(measured) as [[string, Record<string, number>]];
  const [accelerated, file] = [
    machine.replace(/cpu$/, 'cuda'),
    Object.keys(times).find((name) => name.startsWith('image'))!,
  ];
  await writeFile(measuredFile, JSON.stringify({ ...measured, [accelerated]: { [file]: 0.25 } }));
  await cp(join(MODELS_DIR, 'mine'), join(MODELS_DIR, 'copy'), { recursive: true });
  const listed = await run(['models', 'list', '--json'], { MODELS_DIR, EXECUTION_PROVIDER: 'cuda' });
  const here = (JSON.parse(listed.stdout) as ListedModel[]).filter(({ isInstalled }) => isInstalled);
  expect(here).toMatchObject([{ id: 'mine', msPerPicture: 0.25 }]);

  const again = await run(['models', 'add', TINY, ...flags], environment);
  expect(again.code).toBe(1);
  expect(onlyLine(again)).toMatch(/^afterimage: expected no model in .*mine, received one: .* \[MODEL_EXISTS\]$/);
});
