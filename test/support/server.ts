import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import { ApiKeys } from '#dist/access/api-keys.js';
import { Libraries } from '#dist/access/libraries.js';
import { createApp, type App } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { openDataDir } from '#dist/data-dir.js';
import { openDatabase, type DatabaseLocation, type PrismaClient } from '#dist/database/database.js';
import type { Role } from '#dist/database/generated/enums.js';
import { createLogger } from '#dist/logger.js';
import { adoptDataDir } from '#dist/own-data-dir.js';

export interface ServerOptions {
  /** An empty database; an embedded one of its own by default. */
  readonly database?: DatabaseLocation;
  /**
   * Keys by a name of the test's own, made before the server opens the database where that is done anyway for `prepare`
   * or on a database server, else before it listens. Without any the server is open to this machine.
   */
  readonly keys?: Readonly<
    Record<string, { readonly role: Role; readonly library?: string; readonly isRevoked?: true }>
  >;
  /** Settings by their environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with the migrated database before the server opens it. */
  readonly prepare?: (prisma: PrismaClient, libraryId: string) => Promise<unknown>;
}

export interface GraphQLAnswer {
  readonly status: number;
  // The tests say what they expect; a type of their own for each document would say it twice.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly [name: string]: unknown };
  }[];
}

export interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer> | Buffer<ArrayBuffer>;
}

const OUTCOME = `__typename
  ... on UploadedAsset { asset { id originalName state } }
  ... on DuplicateAsset { asset { id originalName trashedAt } }
  ... on RejectedUpload { originalName code message isRetryable }`;

/** The real server on a free port of this machine, over a folder that is removed with it. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-server-'));
  try {
    const { database } = options;
    const embeddedDir = join(folder, 'database');
    if (database && 'embeddedDir' in database) renameSync(database.embeddedDir, embeddedDir);
    else if (!database) cpSync(inject('embeddedTemplate'), embeddedDir, { recursive: true });
    const location = database && 'url' in database ? database : { embeddedDir };
    const prepared = await prepare(location, folder, options);
    const config = parseConfig({
      PORT: '0',
      DATA_DIR: folder,
      WORKERS: '1',
      ...('url' in location && { DATABASE_URL: location.url }),
      ...options.settings,
    });
    const logged: string[] = [];
    const app = await createApp(config, createLogger('info', { write: (line: string) => void logged.push(line) }));
    try {
      const secrets = prepared ?? (await makeKeys(app.services, options.keys));
      return new TestServer(app, await app.listen(), folder, location, secrets, logged);
    } catch (error) {
      await app.close();
      throw error;
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Opens the database where there is something to do before the server does, which takes an embedded one as long as a start.
 * @returns the secrets of the keys that it made then
 */
async function prepare(
  location: DatabaseLocation,
  folder: string,
  { keys, prepare }: ServerOptions,
): Promise<Map<string, string> | undefined> {
  if (!prepare && 'embeddedDir' in location) return undefined;
  const database = await openDatabase(location);
  const { prisma } = database;
  try {
    // It may have rows of assets, or get them now, of which this folder has no files.
    if ('url' in location) {
      const dataDir = await openDataDir(folder);
      await adoptDataDir(prisma, dataDir);
      await dataDir.close();
    }
    const libraries = new Libraries(prisma);
    const secrets = await makeKeys({ libraries, keys: new ApiKeys(prisma) }, keys);
    await prepare?.(prisma, await libraries.ensureDefault());
    return secrets;
  } finally {
    await database.close();
  }
}

/** @returns their secrets, by the names that the test gave them */
async function makeKeys(
  { libraries, keys }: Pick<App['services'], 'libraries' | 'keys'>,
  wanted: ServerOptions['keys'] = {},
): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const [name, { role, library, isRevoked }] of Object.entries(wanted)) {
    const libraryId = await (library ? libraries.ensure(library) : libraries.ensureDefault());
    const { id, secret } = await keys.create({ name, role, libraryId });
    if (isRevoked) await keys.revoke(id);
    secrets.set(name, secret);
  }
  return secrets;
}

export class TestServer {
  constructor(
    readonly app: App,
    readonly url: string,
    readonly folder: string,
    readonly location: DatabaseLocation,
    private readonly secrets: ReadonlyMap<string, string>,
    /** What the server has logged, a JSON text a line. */
    readonly logged: readonly string[],
  ) {}

  /** @param key the name that the test gave it */
  headers(key?: string): Record<string, string> {
    return key === undefined ? {} : { authorization: `Bearer ${this.#secretOf(key)}` };
  }

  async gql(query: string, variables: object = {}, key?: string): Promise<GraphQLAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers(key) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<GraphQLAnswer, 'status'>) };
  }

  /** The data of an answer without errors. */
  async data(query: string, variables: object = {}, key?: string): Promise<GraphQLAnswer['data']> {
    return dataOf(await this.gql(query, variables, key));
  }

  /** The code of the first error of an answer. */
  async code(query: string, variables: object = {}, key?: string): Promise<string | undefined> {
    return (await this.gql(query, variables, key)).errors?.[0]?.extensions.code;
  }

  /** Sends files by the GraphQL multipart request specification. @param files by the path of their variable */
  async multipart(
    query: string,
    variables: object,
    files: Readonly<Record<string, Upload>>,
    { key, preflight = true }: { key?: string; preflight?: boolean } = {},
  ): Promise<GraphQLAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { ...this.headers(key), ...(preflight && { 'apollo-require-preflight': 'true' }) },
      body: multipartForm(query, variables, files),
    });
    return { status: response.status, ...((await response.json()) as Omit<GraphQLAnswer, 'status'>) };
  }

  /** Uploads files in one request. @returns their outcomes */
  async upload(files: readonly Upload[], input?: object, key?: string): Promise<GraphQLAnswer['data'][]> {
    const answer = await this.multipart(
      `mutation ($files: [Upload!]!, $input: AssetInput) { uploadAssets(files: $files, input: $input) { ${OUTCOME} } }`,
      { files: files.map(() => null), input },
      Object.fromEntries(files.map((file, index) => [`files.${index}`, file])),
      { ...(key !== undefined && { key }) },
    );
    return dataOf(answer).uploadAssets as GraphQLAnswer['data'][];
  }

  /** Uploads files, and waits until each is READY or FAILED. @returns their ids, in the order of the files */
  async add(files: readonly Upload[], input?: object, key?: string): Promise<string[]> {
    const outcomes = await this.upload(files, input, key);
    await this.waitUntilProcessed(key);
    return outcomes.map((outcome) => {
      if (outcome.__typename !== 'UploadedAsset') throw new Error(`not uploaded: ${JSON.stringify(outcome)}`);
      return outcome.asset.id as string;
    });
  }

  /** Uploads one picture, and waits until it is READY or FAILED. @returns these fields of it */
  async process(bytes: Upload['bytes'], fields: string, input?: object): Promise<GraphQLAnswer['data']> {
    const [id] = await this.add([{ name: 'picture', bytes }], input);
    return (await this.data(`query ($id: ID!) { asset(id: $id) { ${fields} } }`, { id })).asset;
  }

  /**
   * Resolves when no job of the key's library waits or runs. Asks the service itself: over HTTP, asking again and again
   * takes a tenth of a test's processor time.
   */
  async waitUntilProcessed(key?: string): Promise<void> {
    const { jobs, keys } = this.app.services;
    if (key === undefined && this.secrets.size > 0) throw new Error('expected the name of a key, received none');
    const viewer = key === undefined ? this.app.admin : await keys.signIn(this.#secretOf(key));
    await vi.waitFor(
      async () => {
        const { queued, running } = await jobs.count(viewer);
        if (queued + running > 0) throw new Error(`${queued} jobs wait and ${running} run`);
      },
      { timeout: 60_000, interval: 30 },
    );
  }

  #secretOf(key: string): string {
    return this.secrets.get(key) ?? key;
  }

  /** Every file below the folder of the blob store, whole or not, by its path. */
  async storedFiles(): Promise<string[]> {
    const root = join(this.folder, 'files');
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  }

  /** The database as it was left. Closes the server first: an embedded database is one process's own. */
  async closeAndRead<T>(read: (prisma: PrismaClient) => Promise<T>): Promise<T> {
    await this.app.close();
    const database = await openDatabase(this.location);
    try {
      return await read(database.prisma);
    } finally {
      await database.close();
    }
  }

  async close(): Promise<void> {
    try {
      await this.app.close();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

export function multipartForm(query: string, variables: object, files: Readonly<Record<string, Upload>>): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables }));
  const paths = Object.keys(files);
  form.set('map', JSON.stringify(Object.fromEntries(paths.map((path, index) => [index, [`variables.${path}`]]))));
  paths.forEach((path, index) => form.set(String(index), new Blob([files[path]!.bytes]), files[path]!.name));
  return form;
}

function dataOf({ data, errors }: GraphQLAnswer): GraphQLAnswer['data'] {
  if (errors) throw new Error(`expected data, received errors: ${JSON.stringify(errors)}`);
  return data;
}
