import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { CONSOLE_LOG } from './console-log.js';
import { createProgressBar } from './progress-bar.js';
import type { Config } from '../config.js';
import { knownMs } from '../inference/measure-part.js';
import { MeasuredTimes } from '../inference/measured-times.js';
import type { Dtype } from '../inference/model-manifest.js';
import { chooseFiles } from '../inference/model-files.js';
import { loadModel } from '../inference/model-registry.js';
import { addModel, type Confirm, type ModelOptions } from '../models/add-model.js';
import { checkModel } from '../models/check-model.js';
import type { ReadExport } from '../models/export/read-export.js';
import { listAll } from '../models/list-models.js';
import { pullModel, type PullListener } from '../models/pull-model.js';
import { quantiseCommand } from '../models/quantise-command.js';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));

/** What `models pull` and `models add` are told. */
export interface InstallFlags {
  readonly id?: string;
  readonly language?: string[];
  readonly license?: string;
  readonly template?: string[];
  readonly logitScale?: number;
  readonly logitBias?: number;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export async function listModels(config: Config, { json: isJson = false }: { json?: boolean }): Promise<void> {
  const models = await listAll(config.modelsDir, config.executionProvider);
  if (isJson) return console.log(JSON.stringify(models, null, 2));
  console.table(
    models.map(
      ({ id, isInstalled, about, languages, dimension, inputSize, megabytes, imagenet, retrieval, msPerPicture }) => ({
        id,
        here: isInstalled ? 'yes' : '',
        languages: languages.join(' '),
        dimension,
        input: inputSize,
        'MB fp32/int8': [megabytes?.fp32, megabytes?.int8].some(Boolean)
          ? `${megabytes?.fp32 ?? '?'} / ${megabytes?.int8 ?? '?'}`
          : '',
        'ImageNet %': imagenet?.value ?? '',
        'recall@1 %': retrieval ? `${retrieval.value} ${retrieval.benchmark}` : '',
        'ms a picture': msPerPicture === undefined ? '' : Number(msPerPicture.toFixed(1)),
        about,
      }),
    ),
  );
  console.log(
    'ImageNet (zero-shot) and recall are as published, by whom says --json; ms as `models check` measured here.',
  );
}

export async function pullModels(
  config: Config,
  name: string,
  flags: InstallFlags & { readonly dtype: Dtype[] },
): Promise<void> {
  const { hubUrl, hubToken: token, modelsDir } = config;
  const hub = { hubUrl, token };
  const options = { ...optionsOf(flags), hub, modelsDir, dtypes: flags.dtype, listener: progressBar() };
  printInstalled(await pullModel(name, options, confirmBy(flags)));
}

export async function addFolder({ modelsDir }: Config, folder: string, flags: InstallFlags): Promise<void> {
  printInstalled(await addModel(folder, modelsDir, optionsOf(flags), confirmBy(flags)));
}

/** The exit code is 1 when the model's answers make no sense. */
export async function checkModels(config: Config, name: string): Promise<void> {
  const { modelsDir } = config;
  const model = await chooseFiles(await loadModel(name, modelsDir), config, CONSOLE_LOG);
  const { manifest } = model;
  const check = await checkModel(model, SAMPLES);
  const { dimension, lowestOfCopies, highestOfOthers, sameText, highestOfTexts } = check;
  const times = await MeasuredTimes.read(model);
  const msPerPicture = await knownMs(model, 'image', times);
  const msPerText = await knownMs(model, 'text', times);
  await times.save((message) => CONSOLE_LOG.warn(message));
  console.log(
    `  ${manifest.id}: ${dimension} dimensions, pictures of ${manifest.image.width} x ${manifest.image.height}`,
  );
  console.log(`  ${msPerPicture.toFixed(1)} ms a picture, ${msPerText.toFixed(1)} ms a text, in one thread`);
  console.log(
    `  A picture and its copy of half the size: cosine ${lowestOfCopies.toFixed(3)} at least; different pictures ${highestOfOthers.toFixed(3)} at most`,
  );
  console.log(`  A text and itself: ${sameText.toFixed(3)}; different texts ${highestOfTexts.toFixed(3)} at most`);
  if (check.isSane) return;
  console.log(
    '  What is alike is no closer than what is not: the model was not trained, or its files do not fit together.',
  );
  process.exitCode = 1;
}

/** No maintained library quantises in Node: this says how to in Python. */
export async function quantiseModel({ modelsDir }: Config, name: string): Promise<void> {
  console.log(quantiseCommand(await loadModel(name, modelsDir)));
}

function optionsOf({ id, language, license, template, logitScale, logitBias }: InstallFlags): ModelOptions {
  const options = { id, languages: language, license, templates: template, logitScale, logitBias };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Shows the manifest, and asks where somebody is there to answer. */
function confirmBy({ yes: isSure = false, dryRun: isDryRun = false }: InstallFlags): Confirm {
  return async (read) => {
    printManifest(read);
    if (isDryRun) return false;
    if (isSure || !process.stdin.isTTY) return true;
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    try {
      const answer = await prompt.question('Install it? [y/N] ');
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      prompt.close();
    }
  };
}

function printManifest({ manifest, files, logitsFrom }: ReadExport): void {
  console.log(JSON.stringify(manifest, null, 2));
  console.log(`\nFiles: ${files.map(({ name }) => name).join(', ')}`);
  console.log(`logitScale ${manifest.logitScale} and logitBias ${manifest.logitBias} are ${logitsFrom}.\n`);
}

function printInstalled(manifest: { readonly id: string } | undefined): void {
  if (!manifest) return console.log('Nothing was installed.');
  console.log(
    `${manifest.id} is installed. See whether its answers make sense with \`models check ${manifest.id}\`. A new library takes it with ` +
      `MODEL=${manifest.id}, one that there is with \`reindex --model ${manifest.id}\`.`,
  );
}

function progressBar(): PullListener {
  const bar = createProgressBar('  {bar} {megabytes}{ofMegabytes} MB, {files} files');
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return {
    onStart: (files, total) =>
      bar.start(total ?? 0, 0, {
        files: files.length,
        megabytes: '0',
        ofMegabytes: total === undefined ? '' : `/${megabytes(total)}`,
      }),
    onBytes: (byteCount) => bar.update(byteCount, { megabytes: megabytes(byteCount) }),
    onDone: () => bar.stop(),
  };
}
