import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { reportAndExit } from './report.js';
import { parseConfig, SETTINGS, type Config } from '../config.js';
import { Role } from '../database/generated/enums.js';
import { DTYPES } from '../inference/model-manifest.js';
import { settingWarnings } from '../setting-warnings.js';

// The command line. Every setting is an environment variable, and a flag of the same name that comes before it. A command
// loads its own code: all of it takes a second, which help, a bad setting and a look at the keys need not wait for.

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Only `serve` shares its work with other processes: every other command does all that it needs. */
const COMMON_SETTINGS: typeof SETTINGS = SETTINGS.filter(({ name }) => name !== 'ROLE');

function withSettings(command: Command, settings = COMMON_SETTINGS): Command {
  for (const { name, description } of settings) {
    const flag = `--${name.toLowerCase().replaceAll('_', '-')} <value>`;
    command.addOption(new Option(flag, description).env(name).helpGroup('Settings:'));
  }
  return command;
}

/** Loads an action and runs it with the configuration; an error is one clear line, and the exit code 1. */
function action<Arguments extends unknown[]>(
  load: () => Promise<(config: Config, ...args: Arguments) => Promise<void>>,
  settings = COMMON_SETTINGS,
) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command;
    const options = command.opts<Record<string, string | undefined>>();
    const given = Object.fromEntries(settings.map(({ name }) => [name, options[toCamelCase(name)]]));
    // oxlint-disable-next-line no-restricted-properties -- to tell names that are no settings, not to read any
    const warnings = settingWarnings(process.env, given);
    for (const warning of warnings) process.stderr.write(`afterimage: ${warning}\n`);
    try {
      const config = parseConfig(given);
      const run = await load();
      await run(config, ...(args.slice(0, -1) as Arguments));
    } catch (error) {
      reportAndExit(error);
    }
  };
}

function toCamelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

export function createProgram(): Command {
  const program = new Command('afterimage')
    .description('A self-hosted asset library with a GraphQL API that understands pictures.')
    .version(readVersion(), '--version', 'print the version')
    // Of a command, whose help is a hundred lines of settings; the commands themselves are few.
    .showHelpAfterError('(--help says what there is)')
    .enablePositionalOptions();
  addLibraryCommands(program);
  addKeyCommands(program);
  addModelCommands(program);
  return program.showHelpAfterError();
}

function readVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

function addLibraryCommands(program: Command): void {
  withSettings(program.command('serve').description('serve the library, run its jobs, or both'), SETTINGS).action(
    action(async () => (await import('./serve.js')).serve, SETTINGS),
  );

  withSettings(program.command('demo').description('import the sample pictures and serve')).action(
    action(async () => (await import('./demo.js')).demo),
  );

  withSettings(
    program
      .command('import')
      .argument('<folder>', 'its pictures, and those in its folders')
      .option('--library <name>', 'the one that takes them', 'default')
      .option('--tag <tag>', 'of each that is new, beside its own; may be given again', collect)
      .option('--collections', 'put the pictures of each folder into a collection that is called as its path')
      .description('import pictures, known by their content; exit code 1 when one was left out'),
  ).action(action(async () => (await import('./import.js')).importFolder));

  withSettings(
    program
      .command('doctor')
      .option('--repair', 'mend what is found')
      .option('--json', 'print a list of findings as JSON')
      .option('--checksums', 'read every original and compare its SHA-256')
      .option('--adopt', 'have the database use this data directory from now on, instead of the one that it had')
      .description('compare files and embeddings with the database; exit code 1 when something is wrong'),
  ).action(action(async () => (await import('./doctor.js')).doctor));

  withSettings(
    program
      .command('reindex')
      .addOption(
        new Option('--rollback', 'have the model answer again that did before, at once').conflicts(['cancel', 'drop']),
      )
      .addOption(new Option('--cancel', 'give up a change that is under way').conflicts('drop'))
      .option('--drop <id>', 'remove the embeddings of a model that stands by')
      .description(
        'change the model of the library to that of --model, while the one before answers; or another step of that',
      ),
  ).action(action(async () => (await import('./reindex.js')).reindex));

  withSettings(
    program
      .command('export')
      .argument('<folder>', 'an empty one, or one in which an export was interrupted')
      .option('--library <name>', 'this one instead of all')
      .option('--with-keys', 'the keys too, as hashes of their secrets')
      .description('write rows, files and embeddings into a folder'),
  ).action(action(async () => (await import('./archive.js')).exportLibraries));

  withSettings(
    program
      .command('export-pictures')
      .argument('<folder>', 'where they are written to; what is in it stays')
      .option('--library <name>', 'the one that they are of', 'default')
      .description('write originals for other programs, each with what is known of it as XMP beside it'),
  ).action(action(async () => (await import('./export-pictures.js')).exportPicturesTo));

  withSettings(
    program
      .command('import-archive')
      .argument('<folder>', 'what `export` has written')
      .option('--with-keys', 'the keys too, which then let in whom they let in there')
      .description('take an exported library in; may be interrupted and run again'),
  ).action(action(async () => (await import('./archive.js')).importLibraries));
}

function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('make and revoke API keys');

  withSettings(
    keys
      .command('create')
      .argument('<name>', 'what the key is for')
      .addOption(new Option('--role <role>', 'what it may do').choices(Object.values(Role)).default('VIEWER'))
      .option('--library <name>', 'the library that it belongs to; one that is not there is made', 'default')
      .description('make a key and print its secret, once'),
  ).action(action(async () => (await import('./keys.js')).createKey));

  withSettings(keys.command('list').description('list the keys')).action(
    action(async () => (await import('./keys.js')).listKeys),
  );

  withSettings(
    keys.command('revoke').argument('<id>', 'as `keys list` shows it').description('take a key out of use'),
  ).action(action(async () => (await import('./keys.js')).revokeKey));
}

const only = (...names: string[]) => SETTINGS.filter(({ name }) => names.includes(name));
const FOLDER_SETTINGS = only('MODELS_DIR');
const PULL_SETTINGS = only('MODELS_DIR', 'HUB_URL', 'HF_TOKEN');
const LIST_SETTINGS = only('MODELS_DIR', 'EXECUTION_PROVIDER');
const CHECK_SETTINGS = only('MODELS_DIR', 'MODEL_DTYPE', 'EXECUTION_PROVIDER');
const EVAL_SETTINGS = only('MODELS_DIR', 'MODEL_DTYPE', 'EXECUTION_PROVIDER', 'WORKERS', 'MAX_PIXELS');
const list = (value: string): string[] => value.split(',').map((part) => part.trim());
const number = (value: string): number => {
  if (value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  throw new InvalidArgumentError('expected a number');
};

/** What the files of a model do not say. */
function withFacts(command: Command): Command {
  return command
    .option('--id <id>', 'what it is to be called here')
    .option('--language <tags>', 'languages that it understands, as BCP 47 tags separated by commas', list)
    .option('--license <text>', 'under which it may be used')
    .option('--template <text>', 'a prompt for labels, with {} for the label; may be given again', collect)
    .option('--logit-scale <number>', 'what it multiplies a cosine by, exponentiated', number)
    .option('--logit-bias <number>', 'what it adds to that', number)
    .option('--dry-run', 'show what would be installed')
    .option('--yes', 'install without a question');
}

function addModelCommands(program: Command): void {
  const models = program.command('models').description('choose, download and check encoders');

  withSettings(models.command('list').description('list models, known and installed'), LIST_SETTINGS)
    .option('--json', 'with the sources of what is published')
    .action(action(async () => (await import('./models.js')).listModels, LIST_SETTINGS));

  withFacts(
    withSettings(
      models.command('pull').argument('<id>', 'of `models list`, or owner/name[@revision] of any on the hub'),
      PULL_SETTINGS,
    ),
  )
    .description('download a model from the hub; may be interrupted and run again')
    .addOption(
      new Option('--dtype <types>', 'which files: fp32, fp16, int8, uint8, separated by commas')
        .default(['fp32'], 'fp32')
        .argParser((value) => {
          const unknown = list(value).find((type) => !(DTYPES as readonly string[]).includes(type));
          if (unknown === undefined) return list(value);
          throw new InvalidArgumentError(`expected ${DTYPES.join(', ')}`);
        }),
    )
    .action(action(async () => (await import('./models.js')).pullModels, PULL_SETTINGS));

  withFacts(
    withSettings(
      models.command('add').argument('<folder>', 'an ONNX export of CLIP, OpenCLIP, SigLIP or SigLIP 2'),
      FOLDER_SETTINGS,
    ),
  )
    .description('take a model in from a folder')
    .action(action(async () => (await import('./models.js')).addFolder, FOLDER_SETTINGS));

  withSettings(models.command('check').argument('<id>', 'of an installed model'), CHECK_SETTINGS)
    .description('load a model, run it, measure it; exit code 1 when its answers make no sense')
    .action(action(async () => (await import('./models.js')).checkModels, CHECK_SETTINGS));

  withSettings(models.command('quantise').argument('<id>', 'of an installed model'), FOLDER_SETTINGS)
    .description('print the command that makes smaller, faster files of it')
    .action(action(async () => (await import('./models.js')).quantiseModel, FOLDER_SETTINGS));

  withSettings(program.command('eval').argument('<folder>', 'with captions.jsonl, labels.jsonl or both'), EVAL_SETTINGS)
    .description('measure how well models find and label your own pictures')
    .addOption(
      new Option('--model <id>', 'which model; may be given again, to compare').env('MODEL').argParser(collect),
    )
    .action(action(async () => (await import('./eval.js')).evalFolder, EVAL_SETTINGS));
}
