import { existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import type { z } from 'zod';
import {
  archivePath,
  EMBEDDINGS,
  MANIFEST,
  manifestSchema,
  type FileInfo,
  type LineFile,
  type Manifest,
} from './archive-format.js';
import { openArchived } from './archived-file.js';
import { assertSame, infoOf, readError, VerifyingStream } from './hashed-file.js';
import { AfterimageError, expected } from '../errors.js';
import { checkJson } from '../parse-json.js';

/** A finished archive in a folder, which is only read. */
export class ArchiveReader {
  private constructor(
    private readonly folder: string,
    readonly manifest: Manifest,
    private readonly embeddings: FileHandle,
  ) {}

  /**
   * Checks all of it but the files of the assets, which are checked as they are read.
   * @throws ARCHIVE_INVALID for a folder that is no archive, or half of one, or one of another version; ARCHIVE_DAMAGED
   *   naming a file that is not as it was written
   */
  static async open(folder: string): Promise<ArchiveReader> {
    const manifest = await readManifest(folder);
    for (const [name, info] of Object.entries(manifest.files))
      if (info) assertSame(await infoOf(folder, name), info, join(folder, name));
    return new ArchiveReader(folder, manifest, await openArchived(folder, EMBEDDINGS));
  }

  /** @throws ARCHIVE_INVALID naming a line that is not of its schema */
  async *lines<Line>(name: LineFile, schema: z.ZodType<Line>): AsyncIterable<Line> {
    if (!this.manifest.files[name]) return;
    const path = join(this.folder, name);
    let number = 0;
    for await (const text of linesOf(await openArchived(this.folder, name))) {
      number++;
      const checked = checkJson(schema, text);
      if (checked.problems !== undefined) throw invalid(`${path}:${number}`, checked.problems);
      yield checked.data;
    }
  }

  get embeddingCount(): number {
    const { files, model } = this.manifest;
    return Math.floor(files[EMBEDDINGS].byteSize / (model.dimension * 4));
  }

  async embedding(place: number): Promise<Float32Array> {
    const { dimension } = this.manifest.model;
    const bytes = Buffer.alloc(dimension * 4);
    const { bytesRead } = await this.embeddings.read(bytes, 0, bytes.length, place * bytes.length);
    if (bytesRead < bytes.length)
      throw new AfterimageError('ARCHIVE_INVALID', expected('the place of an embedding', 'embedding', place));
    return Float32Array.from({ length: dimension }, (_, index) => bytes.readFloatLE(index * 4));
  }

  /**
   * The stream ends in ARCHIVE_DAMAGED where the file is missing, cannot be read or is not as it was written, and in
   * INVALID_ARGUMENT where the whole archive is gone.
   */
  file(assetId: string, fileName: string, info: FileInfo): Readable {
    const name = archivePath(assetId, fileName);
    const path = join(this.folder, name);
    const verifying = new VerifyingStream(info, path);
    const fail = (cause: NodeJS.ErrnoException) => verifying.destroy(this.#readError(path, cause));
    // Its error reaches who reads the verified stream; who has given up reading it is not told.
    verifying.on('error', () => undefined);
    openArchived(this.folder, name).then(async (handle) => {
      if (verifying.destroyed) return handle.close();
      pipeline(handle.createReadStream().on('error', fail), verifying, () => undefined);
    }, fail);
    return verifying;
  }

  close(): Promise<void> {
    return this.embeddings.close();
  }

  #readError(path: string, cause: NodeJS.ErrnoException): Error {
    if (existsSync(join(this.folder, MANIFEST))) return readError(path, cause);
    const message = `expected the archive in ${this.folder} until it is imported, received none any more`;
    return new AfterimageError('INVALID_ARGUMENT', message, { cause });
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  const text = await readText(folder, MANIFEST).catch((cause: NodeJS.ErrnoException) => {
    const received = cause.code === 'ENOENT' ? 'none' : cause.code;
    const message = `expected the manifest of a finished archive at ${path}, received ${received}`;
    throw new AfterimageError('ARCHIVE_INVALID', message, { cause });
  });
  const checked = checkJson(manifestSchema, text);
  if (checked.problems !== undefined) throw invalid(path, checked.problems);
  return checked.data;
}

async function readText(folder: string, name: string): Promise<string> {
  const handle = await openArchived(folder, name);
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Not by readline, which takes separators for the end of a line that JSON leaves in a text. */
async function* linesOf(file: FileHandle): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of file.createReadStream({ encoding: 'utf8' }) as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function invalid(where: string, problems: string): AfterimageError {
  return new AfterimageError(
    'ARCHIVE_INVALID',
    `expected what version 1 of archives has in ${where}, received ${problems}`,
  );
}
