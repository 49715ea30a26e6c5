#!/usr/bin/env node
import { Command, Option } from 'commander';
import { exportLibraries, importLibraries } from './cli/archive.js';
import { demo } from './cli/demo.js';
import { doctor } from './cli/doctor.js';
import { importFolder } from './cli/import.js';
import { createKey, listKeys, revokeKey } from './cli/keys.js';
import { reportAndExit } from './cli/report.js';
import { serve } from './cli/serve.js';
import { parseConfig, SETTINGS, type Config } from './config.js';
import { Role } from './database/generated/enums.js';

// The command line. Every setting is an environment variable, and a flag of the same name that comes before it.

const program = new Command('afterimage')
  .description('A self-hosted asset library with a GraphQL API that understands pictures.')
  .showHelpAfterError()
  .enablePositionalOptions();

function withSettings(command: Command): Command {
  for (const { name, description } of SETTINGS)
    command.addOption(new Option(`--${name.toLowerCase().replaceAll('_', '-')} <value>`, description).env(name));
  return command;
}

/** Runs an action with the configuration; an error is one clear line, and the exit code 1. */
function action<Arguments extends unknown[]>(run: (config: Config, ...args: Arguments) => Promise<void>) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command;
    const options = command.opts<Record<string, string | undefined>>();
    const flags = SETTINGS.map(({ name }) => [name, options[toCamelCase(name)]] as const);
    try {
      await run(parseConfig(Object.fromEntries(flags)), ...(args.slice(0, -1) as Arguments));
    } catch (error) {
      reportAndExit(error);
    }
  };
}

function toCamelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

withSettings(program.command('serve').description('serve the library')).action(action(serve));

withSettings(program.command('demo').description('import the sample pictures and serve')).action(action(demo));

withSettings(
  program
    .command('import')
    .argument('<folder>', 'its pictures, and those in its folders')
    .description('import pictures'),
).action(action(importFolder));

withSettings(
  program
    .command('doctor')
    .option('--repair', 'mend what is found')
    .option('--json', 'print a list of findings as JSON')
    .description('compare files and embeddings with the database; exit code 1 when something is wrong'),
).action(action(doctor));

withSettings(
  program
    .command('export')
    .argument('<folder>', 'an empty one, or one in which an export was interrupted')
    .option('--library <name>', 'this one instead of all')
    .option('--with-keys', 'the keys too, as hashes of their secrets')
    .description('write rows, files and embeddings into a folder'),
).action(action(exportLibraries));

withSettings(
  program
    .command('import-archive')
    .argument('<folder>', 'what `export` has written')
    .description('take an exported library in; may be interrupted and run again'),
).action(action(importLibraries));

const keys = program.command('keys').description('make and revoke API keys');

withSettings(
  keys
    .command('create')
    .argument('<name>', 'what the key is for')
    .addOption(new Option('--role <role>', 'what it may do').choices(Object.values(Role)).default('VIEWER'))
    .option('--library <name>', 'the library that it belongs to; one that is not there is made', 'default')
    .description('make a key and print its secret, once'),
).action(action(createKey));

withSettings(keys.command('list').description('list the keys')).action(action(listKeys));

withSettings(
  keys.command('revoke').argument('<id>', 'as `keys list` shows it').description('take a key out of use'),
).action(action(revokeKey));

await program.parseAsync();
