import { existsSync, readdirSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AfterimageProcess, onlyLine, run } from './support/afterimage-process.js';
import { emptyDataDir, temporaryFolder } from './support/data-dir.js';
import { askGraphQL } from './support/graphql-client.js';
import { runHere } from './support/run-here.js';
import { SAMPLE_NAMES, SAMPLES } from './support/samples.js';
import { BUILT_IN } from '../support/encoder.js';
import { TINY, twoModels } from '../support/two-models.js';

const NAMES = SAMPLE_NAMES.slice(0, 12);
const SEARCH = '{ searchByText(query: "a cat", first: 50) { edges { score node { originalName } } } }';
const MODELS = '{ models { id state total done failed } }';

it('a change of the model that is killed goes on where it was, by whoever starts next, and is searched all the while', async () => {
  const { modelsDir, remove } = twoModels();
  onTestFinished(remove);
  const pictures = join(await temporaryFolder(), 'pictures');
  await mkdir(pictures);
  for (const name of NAMES) await copyFile(join(SAMPLES, name), join(pictures, name));
  const dataDir = await emptyDataDir();
  const environment = { DATA_DIR: dataDir, MODELS_DIR: modelsDir, PORT: '0' };
  expect(await runHere(['import', pictures], environment)).toMatchObject({ code: 0, stderr: '' });

  const collection = join(dataDir, 'vectors', `assets-${TINY}.lance`, 'data');
  const killed = new AfterimageProcess(['reindex', '--model', TINY], environment);
  await killed.until(() => existsSync(collection) && readdirSync(collection).length > 0, 'the first embedding');
  expect(await killed.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
  expect(killed.stdout).not.toContain('answers');

  const server = new AfterimageProcess(['serve'], environment);
  const url = await server.url();
  const begun = (await ask(url, MODELS)).models;
  expect(begun).toMatchObject([{ id: BUILT_IN, state: 'ACTIVE' }, { id: TINY }]);
  const answers = new Set<string>();
  await server.until(
    async () => {
      const { searchByText, models } = await ask(url, `{ ${SEARCH.slice(1, -1)} ${MODELS.slice(1, -1)} }`);
      expect(searchByText.edges).toHaveLength(NAMES.length);
      answers.add(JSON.stringify(searchByText));
      return models[0].id === TINY;
    },
    'the new model',
    { interval: 30 },
  );
  expect((await ask(url, MODELS)).models).toEqual([
    { id: TINY, state: 'ACTIVE', total: NAMES.length, done: NAMES.length, failed: 0 },
    { id: BUILT_IN, state: 'STANDBY', total: NAMES.length, done: NAMES.length, failed: 0 },
  ]);
  answers.add(JSON.stringify((await ask(url, SEARCH)).searchByText));
  expect(answers.size).toBe(2);
  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });

  // The doctor looks into the collections of both.
  expect(await runHere(['doctor'], environment)).toMatchObject({ code: 0, stdout: 'Nothing is wrong.\n', stderr: '' });
  // Of one that answers and cannot be loaded any more, this is the way out.
  rmSync(join(modelsDir, TINY), { recursive: true });
  expect(onlyLine(await runHere(['serve'], environment))).toMatch(
    /tiny-clip is the model that answers: .* "afterimage reindex --rollback" or "--model ID" \[MODEL_NOT_FOUND\]$/,
  );
  expect(await run(['reindex', '--rollback'], { ...environment, LOG_LEVEL: 'silent' })).toMatchObject({
    code: 0,
    stdout: `  ${BUILT_IN} answers again\n`,
    stderr: '',
  });
  expect(await runHere(['reindex', '--cancel'], environment)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('[MODEL_UNKNOWN]'),
  });
  expect(await runHere(['reindex', '--drop', TINY], environment)).toMatchObject({
    code: 0,
    stdout: `  the embeddings of ${TINY} are removed\n`,
    stderr: '',
  });
  expect(existsSync(collection)).toBe(false);
});

it('a change of the model that names none is refused, whatever is the default of a new library', async () => {
  const { modelsDir, remove } = twoModels();
  onTestFinished(remove);
  const environment = { DATA_DIR: await emptyDataDir(), MODELS_DIR: modelsDir };
  const changed = await runHere(['reindex', '--model', TINY], environment);
  expect(changed).toMatchObject({ code: 0, stdout: `  ${TINY} answers: 0 assets\n` });
  expect(onlyLine(await runHere(['reindex'], environment))).toBe(
    'afterimage: expected a model for --model, received none [INVALID_ARGUMENT]',
  );
  expect(onlyLine(await runHere(['reindex', '--drop', TINY], environment))).toContain('"tiny-clip (ACTIVE)"');
});

// oxlint-disable-next-line typescript/no-explicit-any
async function ask(url: string, query: string): Promise<any> {
  const { data, errors } = await askGraphQL(url, query);
  expect(errors).toBeUndefined();
  return data;
}
