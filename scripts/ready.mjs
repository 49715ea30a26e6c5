// Makes a clone ready to run: installs when the lock file has changed since the last install, builds when the sources
// have changed since the last build. Runs before anything is installed, so it needs nothing but Node.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(`expected Node ${OLDEST_NODE.join('.')} or later, received ${process.versions.node}`);
  process.exit(1);
}

/** What a step was done from: it is done again when that changes. */
function fingerprint(paths, extra) {
  const hash = createHash('sha256').update(extra);
  const add = (path) => {
    if (!existsSync(join(root, path)) || path === 'src/database/generated') return;
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    } else hash.update(path).update(readFileSync(join(root, path)));
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

function ensure(what, mark, wanted, command, args) {
  const path = join(root, mark);
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) return;
  console.log(`${what} ...`);
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch {
    process.exit(1);
  }
  writeFileSync(path, wanted);
}

const platform = `${process.platform} ${process.arch} ${process.versions.modules}`;
const installed = fingerprint(['package-lock.json', '.npmrc'], platform);
// npm names its own program to the scripts that it runs.
const npm = process.env.npm_execpath;
ensure('Installing the dependencies', 'node_modules/.installed', installed, npm ? process.execPath : 'npm', [
  ...(npm ? [npm] : []),
  'ci',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]);
const built = fingerprint(['src', 'prisma', 'prisma.config.ts', 'tsconfig.json', 'scripts/build.mjs'], installed);
ensure('Building', 'dist/.built', built, process.execPath, [join(root, 'scripts/build.mjs')]);
