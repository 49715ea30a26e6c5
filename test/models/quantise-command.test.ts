import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadModel } from '#dist/inference/model-registry.js';
import { addModel } from '#dist/models/add-model.js';
import { quantiseCommand } from '#dist/models/quantise-command.js';

it('what a manifest and a path hold is no code for the shell that the command is pasted into', async () => {
  const root = mkdtempSync(join(tmpdir(), 'afterimage-quantise-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const modelsDir = join(root, `o'clock "$(echo no)"`);
  const license = `MIT; $(echo no) \`echo no\` 'and' "so"`;
  const templates = ['une photo de {}', "l'image $(echo no) {}"];
  const options = { id: 'mine', languages: ['en', '$(echo no)'], license, templates };
  await addModel('test/fixtures/tiny-clip', modelsDir, options, () => Promise.resolve(true));

  const [, ...commands] = quantiseCommand(await loadModel('mine', modelsDir)).split('\n');
  const shown = ['pip', 'python3', 'afterimage'].map((name) => `${name}() { printf '%s\\0' ${name} "$@"; }`);
  const ran = execFileSync('sh', ['-c', [...shown, ...commands].join('\n')], { encoding: 'utf8' }).split('\0');
  const folder = join(modelsDir, 'mine');
  expect(ran.slice(0, 3)).toEqual(['pip', 'install', 'onnx']);
  const [vision, quantised] = ['vision_model.onnx', 'vision_model_int8.onnx'].map((name) => join(folder, name));
  const call = `quantize_dynamic(${JSON.stringify(vision)}, ${JSON.stringify(quantised)}, `;
  expect(ran[ran.indexOf('python3') + 2]).toContain(call);
  const facts = [
    '--language',
    'en,$(echo no)',
    '--license',
    license,
    ...templates.flatMap((template) => ['--template', template]),
  ];
  const added = ran.slice(ran.indexOf('afterimage'), ran.indexOf('--logit-scale'));
  expect(added).toEqual(['afterimage', 'models', 'add', folder, '--id', 'mine-int8', ...facts]);
});
