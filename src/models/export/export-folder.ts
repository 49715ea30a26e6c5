import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { AfterimageError, expected } from '../../errors.js';
import { parseModelJson } from '../../inference/model-json.js';
import { isWithin } from '../../is-within.js';

/** A folder as a hub has it: settings in it, ONNX files beside them or in `onnx/`. Read only. */
export class ExportFolder {
  private constructor(
    /** Absolute. */
    readonly path: string,
    /** Relative, with forward slashes, sorted: of the folder and of `onnx/`. */
    readonly files: readonly string[],
  ) {}

  /** @throws MODEL_NOT_FOUND when it is no folder, MODEL_INVALID when a link leads out of it */
  static async open(folder: string): Promise<ExportFolder> {
    const path = resolve(folder);
    const files: string[] = [];
    for (const below of ['', 'onnx']) {
      const entries = await readdir(join(path, below), { withFileTypes: true }).catch(
        (cause: NodeJS.ErrnoException) => {
          if (below !== '') return [];
          throw new AfterimageError('MODEL_NOT_FOUND', expected('a folder that can be read', 'folder', path), {
            cause,
          });
        },
      );
      for (const entry of entries) {
        if (entry.isFile()) files.push(below + (below && '/') + entry.name);
        if (!entry.isSymbolicLink()) continue;
        const file = join(path, below, entry.name);
        await checkLink(path, file);
        if ((await stat(file)).isFile()) files.push(below + (below && '/') + entry.name);
      }
    }
    return new ExportFolder(path, files.sort());
  }

  pathOf(file: string): string {
    return join(this.path, file);
  }

  has(file: string): boolean {
    return this.files.includes(file);
  }

  /** @throws MODEL_INVALID naming the file, when it is missing or not of the schema */
  async readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
    if (!this.has(file))
      throw new AfterimageError('MODEL_INVALID', `expected a ${file} in ${this.path}, received none`);
    const text = await readFile(this.pathOf(file), 'utf8');
    return parseModelJson(text, schema, { what: `a ${file}`, source: this.path });
  }
}

/**
 * A link may lead to another file of the folder, and in a cache of the hub's own client, where all files are links, to
 * another folder of the same repository. A folder of a stranger gets nothing else copied.
 */
async function checkLink(folder: string, file: string): Promise<void> {
  const root = basename(dirname(folder)) === 'snapshots' ? dirname(dirname(folder)) : folder;
  const isInside = await isWithin(root, file).catch((cause: unknown) => {
    throw new AfterimageError('MODEL_INVALID', `expected a file for ${file}, received a link to none`, { cause });
  });
  if (!isInside)
    throw new AfterimageError('MODEL_INVALID', `expected a file of ${root} for ${file}, received a link out of it`);
}
