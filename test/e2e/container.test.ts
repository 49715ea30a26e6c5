import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { embeddedParts, parseConfig, SETTINGS } from '#dist/config.js';

// There may be no engine for containers here: what they are made of is checked, and what they run is run.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function pairs(text: string, pattern: RegExp): Record<string, string> {
  return Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name!, value!]));
}

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck?: object;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const example = pairs(read('.env.example'), /^(\w+)=(.*)$/gm);
const dockerfile = read('Dockerfile');

describe('docker-compose.yml', () => {
  test('refuses to start until every secret is set, and .env.example sets none', () => {
    const variables = [...read('docker-compose.yml').matchAll(/\$\{(\w+)([^}]*)\}/g)];
    expect(new Set(variables.map(([, , condition]) => condition))).toEqual(new Set([':?set it in .env']));
    expect(new Set(variables.map(([, name]) => name))).toEqual(new Set(Object.keys(example)));
    expect(new Set(Object.values(example))).toEqual(new Set(['']));
  });

  test.each(['api', 'worker'])('sets what %s understands, and all that it takes to share the installation', (role) => {
    const { environment } = compose.services[role]!;
    const names = SETTINGS.map(({ name }) => name);
    expect(Object.keys(environment).filter((name) => !names.includes(name))).toEqual([]);
    const filledIn = Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)[^}]*\}/g, (_, variable: string) =>
        variable === 'PUBLIC_URL' ? 'https://pictures.example' : 'f00ba4',
      ),
    ]);
    const config = parseConfig(Object.fromEntries(filledIn) as Record<string, string>);
    expect([config.role, embeddedParts(config)]).toEqual([role, []]);
    expect(Number.parseInt(compose.services[role]!.stop_grace_period!, 10) * 1_000).toBeGreaterThan(
      config.stopTimeoutMs,
    );
    // The same key on both sides, or nobody is let in.
    expect(config.qdrant!.apiKey).toBe('f00ba4');
    expect(config.databaseUrl).toContain(`@postgres:5432/${compose.services['postgres']!.environment['POSTGRES_DB']}`);
    expect(config.s3!.endpoint).toContain(compose.services['s3']!.environment['VGW_PORT']);
    expect(compose.services['s3']!.volumes[0]!.split(':')[1]).toBe(`/data/${config.s3!.bucket}`);
  });

  test.each(services)(
    '%s is of one release, is checked, keeps its data, and is not open to the network',
    (name, service) => {
      expect(service.build ?? service.image).toMatch(/^\.$|:v?\d/);
      // The image of the program has a check of its own.
      expect(service.healthcheck ?? (service.build && /^HEALTHCHECK /m.test(dockerfile))).toBeTruthy();
      for (const volume of service.volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (name === 'api' || name === 'worker') expect(service.read_only).toBe(true);
    },
  );
});

describe('Dockerfile', () => {
  const lines = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')).split('\n');
  const instruction = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const environment = Object.fromEntries(
    instruction('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('='))),
  );

  test('sets for the memory what npm start sets, and runs as nobody special', () => {
    const { start } = (JSON.parse(read('package.json')) as { scripts: { start: string } }).scripts;
    expect(environment).toMatchObject(pairs(start, /\b([A-Z_]+)=(\S+)/g));
    expect(start).toMatch(new RegExp(`${JSON.parse(instruction('ENTRYPOINT')[0]!).join(' ')} serve$`));
    expect(instruction('USER')).toEqual(['1000:1000']);
  });

  test('what it copies is all that its command needs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'afterimage-image-'));
    for (const line of instruction('COPY')) {
      const [, source, target] = /^--from=build \/app\/(\S+) (\S+)$/.exec(line)!;
      const path = join(folder, target!.endsWith('/') ? join(target!, basename(source!)) : target!);
      mkdirSync(dirname(path), { recursive: true });
      if (source === 'node_modules') symlinkSync(join(ROOT, source), path);
      else cpSync(join(ROOT, source!), path, { recursive: true });
    }
    const [program, ...args] = [
      ...JSON.parse(instruction('ENTRYPOINT')[0]!),
      ...JSON.parse(instruction('CMD')[0]!),
    ] as string[];
    expect(program).toBe('node');
    const env = { ...environment, HOST: '127.0.0.1', PORT: '0', DATA_DIR: join(folder, 'data') };
    const server = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(async () => {
      server.kill('SIGKILL');
      await once(server, 'close');
    });
    let said = '';
    const port = await new Promise<string>((resolve, reject) => {
      server.once('exit', () => reject(new Error(`it ended: ${said}`)));
      server.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const [, found] = /http:\/\/127\.0\.0\.1:(\d+)\/playground/.exec(said) ?? [];
        if (found) resolve(found);
      });
    });

    const [check] = /\[.*\]$/.exec(instruction('HEALTHCHECK')[0]!)!;
    const [, ...checkArgs] = JSON.parse(check) as string[];
    const run = (PORT: string) => promisify(execFile)(process.execPath, checkArgs, { env: { PORT } });
    await expect(run(port)).resolves.toBeDefined();
    await expect(run('9')).rejects.toMatchObject({ code: 1 });
  });
});
