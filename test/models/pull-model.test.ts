import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadModel } from '#dist/inference/model-registry.js';
import type { ReadExport } from '#dist/models/export/read-export.js';
import { parseModelReference } from '#dist/models/model-reference.js';
import { pullModel, type PullOptions } from '#dist/models/pull-model.js';
import { moveWeightsOut } from '../support/external-weights.js';
import { tinyGolden } from '../support/tiny-models.js';
import { cutAfter, flipBit, HubDouble, instead, status } from './hub-double.js';

const VISION = 'onnx/vision_model.onnx';
const TOKEN = 'hf_a_secret_token';
const FILES = [
  'config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  VISION,
  'onnx/text_model.onnx',
];

let hub: HubDouble;
let modelsDir: string;
let logitsFrom: string | undefined;
const yes = (read: ReadExport) => {
  ({ logitsFrom } = read);
  return Promise.resolve(true);
};

beforeEach(async () => {
  modelsDir = mkdtempSync(join(tmpdir(), 'afterimage-pull-'));
  hub = new HubDouble('test/fixtures/tiny-siglip', FILES);
  await hub.start();
});
afterEach(async () => {
  await hub.close();
  rmSync(modelsDir, { recursive: true, force: true });
});

const pull = (options: Partial<PullOptions> = {}, name = 'owner/tiny') =>
  pullModel(
    name,
    {
      hub: { hubUrl: hub.url, token: TOKEN },
      modelsDir,
      dtypes: ['fp32'],
      retries: { attempts: 3, firstDelayMs: 5 },
      ...options,
    },
    yes,
  );

/** These files of another model, in the place of the ones that there are. */
function serveTinyClip(paths: readonly string[]): void {
  for (const path of paths) hub.files.set(path, readFileSync(join('test/fixtures/tiny-clip', path)));
}

/** The pull fails with that, and no model is there, whole or half. */
async function failsWith(message: RegExp, options: Partial<PullOptions> = {}, code = 'MODEL_DOWNLOAD_FAILED') {
  await expect(pull(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  expect(readdirSync(modelsDir).filter((name) => name !== '.incoming')).toEqual([]);
}

const part = () => join(modelsDir, '.incoming', 'tiny', 'files', `${VISION}.part`);

describe('a download', () => {
  it('ends as a model that can be loaded, and leaves nothing else', async () => {
    const seen: number[] = [];
    let promised: number | undefined;
    await pull({
      languages: ['en', 'de'],
      listener: {
        onStart: (_files, total) => (promised = total),
        onBytes: (count) => seen.push(count),
        onDone: () => 0,
      },
    });
    const { manifest } = await loadModel('tiny', modelsDir);
    expect(manifest).toMatchObject({ id: 'tiny', languages: ['en', 'de'], dimension: 32, activation: 'sigmoid' });
    expect(manifest.source).toMatch(/^owner\/tiny@0123456789/);
    expect(readdirSync(join(modelsDir, '.incoming', 'tiny'))).toEqual(['.lock']);
    expect(seen.at(-1)).toBe(promised);
    expect(promised).toBe([...hub.files.values()].reduce((sum, { length }) => sum + length, 0));
  });

  it('shows its token to the hub and to nobody that it redirects to, and asks for nothing outside the repository', async () => {
    for (const name of ['../../evil.onnx', 'onnx/../../tokenizer.json', `${VISION}_data/../../../../evil`])
      hub.files.set(name, Buffer.from('evil'));
    await pull();
    expect(hub.asked.filter(({ path }) => /evil|\.\./.test(path))).toEqual([]);
    const shown = (host: string) =>
      new Set(hub.asked.filter((each) => each.host === host).map((each) => each.authorization));
    expect(shown('hub')).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(shown('cdn')).toEqual(new Set([undefined]));
  });

  it('goes on after a cut line where it was', async () => {
    hub.misbehave(VISION, cutAfter(200_000));
    await pull();
    const [first, second, ...more] = hub.rangesOf(VISION);
    expect([first, more]).toEqual([undefined, []]);
    expect(Number(/^bytes=(\d+)-$/.exec(second!)![1])).toBeGreaterThan(0);
    await loadModel('tiny', modelsDir);
  });

  it('goes on in the next process where the one before was stopped', async () => {
    hub.misbehave(VISION, cutAfter(300_000));
    await failsWith(/^expected .*vision_model\.onnx from the hub, received /, { retries: { attempts: 1 } });
    const { size } = statSync(part());
    expect(size).toBeGreaterThan(0);
    await pull();
    expect(hub.rangesOf(VISION).at(-1)).toBe(`bytes=${size}-`);
    expect(hub.asked.filter(({ path }) => path.endsWith('/tokenizer.json') && !path.includes('api'))).toHaveLength(2);
    await loadModel('tiny', modelsDir);
  });

  it('begins anew where the server knows no ranges, or the file is another than that it began', async () => {
    const whole = instead((file) => file);
    hub.misbehave(VISION, cutAfter(200_000), whole);
    await pull();
    hub.misbehave(VISION, (_request, response, file) => {
      response.writeHead(200, { 'content-length': file.length, etag: '"of-another"' });
      response.write(Buffer.alloc(200_000), () => setTimeout(() => response.destroy(), 20));
    });
    await pull({ id: 'again' });
    expect(hub.asked.some(({ ifRange }) => ifRange === '"of-another"')).toBe(true);
    await loadModel('again', modelsDir);
  });

  it('waits as long as the hub asks to, and tries again what may pass', async () => {
    hub.misbehave('list', status(429, { 'retry-after': '1' }));
    hub.misbehave('config.json', status(503), status(500));
    const start = performance.now();
    await pull();
    expect(performance.now() - start).toBeGreaterThan(1_000);
    expect(hub.asked.filter(({ path }) => path.endsWith('/config.json'))).toHaveLength(3);
  });

  it('checks what a mirror does not list by the headers of the file', async () => {
    hub.listsBlobs = false;
    await pull();
    rmSync(join(modelsDir, 'tiny'), { recursive: true });
    hub.misbehave(VISION, instead(flipBit));
    await failsWith(/vision_model\.onnx with SHA-256/);
  });

  it('takes the way through a proxy that the environment names', async () => {
    const { server, url, tunnels } = await startProxy();
    vi.stubEnv('http_proxy', url).stubEnv('no_proxy', '');
    try {
      await pull();
    } finally {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      server.close();
    }
    expect(tunnels).toContain(new URL(hub.url).host);
  });
});

describe('a download fails with one clear error, and nothing of it is installed', () => {
  it('when a file has another content than the hub says', async () => {
    hub.misbehave(VISION, instead(flipBit));
    await failsWith(/^expected onnx\/vision_model\.onnx with SHA-256 \w{64} from the hub, received \w{64}$/);
    expect(existsSync(part())).toBe(false);
    hub.misbehave(
      'config.json',
      instead((file) => Buffer.from(file.toString().replace('siglip', 'siglap'))),
    );
    rmSync(join(modelsDir, '.incoming'), { recursive: true });
    await failsWith(/^expected config\.json with git blob/);
  });

  it('when a file is longer', async () => {
    hub.misbehave(
      VISION,
      instead((file) => Buffer.concat([file, file])),
    );
    await failsWith(/^expected 569124 bytes of onnx\/vision_model\.onnx from the hub, received more$/);
    expect(existsSync(part())).toBe(false);
  });

  it('when a file stays shorter', async () => {
    const shorter = instead((file) => file.subarray(0, 1_000));
    hub.misbehave(VISION, shorter, shorter, shorter);
    await failsWith(/^expected 569124 bytes of .*vision_model\.onnx from the hub, received 1000, 3 times in a row$/);
  });

  it('when the hub lists more of a file than there is', async () => {
    hub.excess.set(VISION, 10);
    await failsWith(/^expected 569134 bytes of onnx\/vision_model\.onnx from the hub, received a file of 569124$/);
    expect(hub.rangesOf(VISION)).toEqual([undefined, 'bytes=569124-']);
  });

  it('when a file, a repository or the right to it is missing', async () => {
    hub.misbehave(VISION, status(404));
    await failsWith(/^expected onnx\/vision_model\.onnx from the hub, received status 404: there is no such file/);
    hub.misbehave('list', status(401));
    await failsWith(/^expected the files of owner\/tiny@main from the hub, received status 401: .*HF_TOKEN/);
    hub.misbehave('list', status(403));
    await failsWith(/received status 403: the terms of use/);
    hub.misbehave(
      'list',
      instead(() => Buffer.from('<html>')),
    );
    await failsWith(/received something else$/);
  });

  it('when the hub goes on refusing, or asks for a long wait', async () => {
    hub.misbehave('list', status(503), status(503), status(503));
    await failsWith(/received status 503, 3 times in a row$/);
    hub.misbehave('list', status(429, { 'retry-after': '3600' }));
    await failsWith(/received status 429 for 3600 s$/);
  });

  it('when there is nobody', async () => {
    const { url } = hub;
    await hub.close();
    await failsWith(/received no answer \(connect ECONNREFUSED .*\), 3 times in a row$/, { hub: { hubUrl: url } });
    await hub.start();
  });

  it('when redirects lead in a circle, or out of the web', async () => {
    const again = status(302, { location: '/api/models/owner/tiny/revision/main' });
    hub.misbehave('list', ...Array.from({ length: 9 }, () => again));
    await failsWith(/received more than 5 redirects$/);
    hub.misbehave('list', status(302, { location: 'file:///etc/passwd' }));
    await failsWith(/received a redirect to no address of the web$/);
  });

  it('when the ONNX file is cut off on the hub itself, or the tokenizer is missing there', async () => {
    hub.files.set(VISION, hub.files.get(VISION)!.subarray(0, 100_000));
    await failsWith(/^expected an ONNX model in .*vision_model\.onnx, received something else/, {}, 'MODEL_INVALID');
    hub.files.delete('tokenizer.json');
    await failsWith(/^expected a tokenizer\.json in owner\/tiny/, {}, 'MODEL_INVALID');
  });

  it('when the tokenizer is of another model', async () => {
    serveTinyClip(FILES.filter((path) => path !== 'tokenizer.json'));
    await failsWith(/^expected a tokenizer of the vocabulary of /, {}, 'MODEL_INVALID');
    expect(readdirSync(join(modelsDir, '.incoming', 'tiny'))).toEqual(['.lock']);
  });

  it('when there are no files of the wanted kind', async () => {
    await failsWith(
      /^expected ONNX files of int8 in owner\/tiny, received fp32$/,
      { dtypes: ['int8'] },
      'MODEL_INVALID',
    );
  });
});

describe('the logit scale of an export with a combined file', () => {
  const isAsked = (name: string) => hub.asked.some(({ path }) => path.endsWith(`/onnx/${name}`));

  beforeEach(() => serveTinyClip([...FILES, 'onnx/model.onnx']));

  it('is measured by it, and the separate encoders are installed', async () => {
    await pull();
    const { manifest } = await loadModel('tiny', modelsDir);
    expect(manifest.logitScale).toBeCloseTo(tinyGolden('tiny-clip').logitScale, 3);
    expect(manifest.files.map(({ name }) => name)).not.toContain('model.onnx');
    expect(readdirSync(join(modelsDir, '.incoming', 'tiny'))).toEqual(['.lock']);
  });

  it('is measured by the smallest that the runtime computes', async () => {
    for (const dtype of ['fp16', 'int8']) hub.files.set(`onnx/model_${dtype}.onnx`, hub.files.get('onnx/model.onnx')!);
    await pull();
    expect(['model.onnx', 'model_fp16.onnx', 'model_int8.onnx'].map(isAsked)).toEqual([false, true, false]);
    const { manifest } = await loadModel('tiny', modelsDir);
    expect(manifest.logitScale).toBeCloseTo(tinyGolden('tiny-clip').logitScale, 3);
    expect(manifest.image).toMatchObject({ file: 'vision_model.onnx', output: 'image_embeds' });
  });

  it('is not, where it is known', async () => {
    await pull({ logitScale: 20, logitBias: 0 });
    expect(isAsked('model.onnx')).toBe(false);
    expect((await loadModel('tiny', modelsDir)).manifest.logitScale).toBe(20);
  });

  it.each([
    ['takes another input', (file: Buffer) => renamed(file, 'pixel_values', 'pixel_valuez'), 'received "pixel_valuez"'],
    ['has its weights elsewhere', withWeightsElsewhere, 'expected the weights of '],
    ['is cut off', (file: Buffer) => file.subarray(0, 100_000), 'expected an ONNX model in '],
    ['has logits of no scale', withoutScale, 'expected logits that are scale * cosine + bias in '],
  ])('is that of the family where the file %s', async (_fault, spoil, reason) => {
    hub.files.set('onnx/model.onnx', spoil(hub.files.get('onnx/model.onnx')!));
    await pull();
    const { manifest } = await loadModel('tiny', modelsDir);
    expect(manifest).toMatchObject({ logitScale: 100, image: { file: 'vision_model.onnx' } });
    expect(logitsFrom).toContain('those of the CLIP base models, because its own could not be measured (');
    expect(logitsFrom).toContain(reason);
    expect(logitsFrom).toContain('--logit-scale and --logit-bias');
  });

  it('does not make an encoder of the file, where a separate one has no projection', async () => {
    hub.files.set('onnx/model_fp16.onnx', hub.files.get('onnx/model.onnx')!);
    hub.files.set(VISION, renamed(hub.files.get(VISION)!, 'image_embeds', 'image_embedz'));
    for (const known of [{}, { logitScale: 20, logitBias: 0 }])
      await failsWith(/exported without projection/, known, 'MODEL_INVALID');
  });
});

/** A file in which a name is another one of the same length. */
function renamed(file: Buffer, from: string, to: string): Buffer {
  return Buffer.from(file.toString('latin1').replaceAll(from, to), 'latin1');
}

function withWeightsElsewhere(file: Buffer): Buffer {
  const path = join(modelsDir, 'moved.onnx');
  writeFileSync(path, file);
  moveWeightsOut(path, 'weights.bin', false);
  const moved = readFileSync(path);
  for (const name of ['moved.onnx', 'weights.bin']) rmSync(join(modelsDir, name));
  return moved;
}

/** The logarithm of the scale is minus infinity. */
function withoutScale(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  const tag = 'm.logit_scaleJ\x04';
  copy.writeFloatLE(-Infinity, copy.indexOf(tag) + tag.length);
  return copy;
}

it('a model that is there, or that another installs, is left alone', async () => {
  await pull();
  await expect(pull()).rejects.toMatchObject({ code: 'MODEL_EXISTS' });
  const both = await Promise.allSettled([pull({ id: 'twice' }), pull({ id: 'twice' })]);
  expect(both.map(({ status: how }) => how).sort()).toEqual(['fulfilled', 'rejected']);
});

describe('a name', () => {
  it('is of the catalogue, or of any repository', () => {
    expect(parseModelReference('siglip2-base-224')).toMatchObject({
      id: 'siglip2-base-224',
      repository: 'onnx-community/siglip2-base-patch16-224-ONNX',
    });
    expect(parseModelReference('Some-One/My Model'.replace(' ', '.'))).toMatchObject({
      id: 'my.model',
      repository: 'Some-One/My.Model',
      revision: 'main',
    });
    expect(parseModelReference('a/b@v1.0', 'mine')).toMatchObject({ id: 'mine', revision: 'v1.0' });
  });

  it.each(['nonsense', '../up/it', 'a/b/c', 'a/..', 'a/b@../c', 'afterimage-small-v1', ''])('%j is refused', (name) => {
    expect(() => parseModelReference(name)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error);
  });

  it.each(['../up', 'A', '.hidden', 'a/b', ''])('the id %j is refused', async (id) => {
    await expect(pull({ id })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

/** A proxy as they are for https: it opens tunnels. */
async function startProxy(): Promise<{ server: Server; url: string; tunnels: string[] }> {
  const tunnels: string[] = [];
  const server = createServer();
  server.on('connect', ({ url }, socket: Socket) => {
    tunnels.push(url!);
    const [host, port] = url!.split(':');
    const other = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(other).pipe(socket);
    });
    for (const each of [socket, other]) each.on('error', () => each.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}
