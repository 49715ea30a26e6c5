import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { onlyLine, run } from './support/afterimage-process.js';
import { temporaryFolder } from './support/data-dir.js';

const TINY = 'test/fixtures/tiny-siglip';

it('a model is added by a command, listed, and refused in one line when there is one', async () => {
  const MODELS_DIR = join(await temporaryFolder(), 'models');
  const flags = ['--id', 'mine', '--language', 'en,de', '--logit-scale', '100', '--logit-bias=-12', '--yes'];
  const added = await run(['models', 'add', TINY, ...flags], { MODELS_DIR });
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(added.stdout).toContain('logitScale 100 and logitBias -12 are as given.');
  expect(JSON.parse(await readFile(join(MODELS_DIR, 'mine', 'model.json'), 'utf8'))).toMatchObject({
    id: 'mine',
    languages: ['en', 'de'],
    logitBias: -12,
  });

  const listed = await run(['models', 'list', '--json'], { MODELS_DIR });
  const models = JSON.parse(listed.stdout) as { id: string; isInstalled: boolean }[];
  expect(models.filter(({ isInstalled }) => isInstalled)).toMatchObject([{ id: 'mine', dimension: 32 }]);
  expect(models).toContainEqual(expect.objectContaining({ id: 'siglip2-base-224', isInstalled: false }));

  const again = await run(['models', 'add', TINY, ...flags], { MODELS_DIR });
  expect(again.code).toBe(1);
  expect(onlyLine(again)).toMatch(/^afterimage: expected no model in .*mine, received one: .* \[MODEL_EXISTS\]$/);
});
