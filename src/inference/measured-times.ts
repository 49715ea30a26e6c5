import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { LoadedModel, ModelPart } from './model-registry.js';

const FILE = 'measured.json';
const NOT_WRITABLE = new Set(['EROFS', 'EACCES', 'EPERM']);

// By machine, then by part and file, in milliseconds.
const timesSchema = z.record(z.string(), z.record(z.string(), z.number().positive()));

// Where the folder cannot be written to, a process still measures once.
const remembered = new Map<string, Record<string, number>>();

/**
 * How long the parts of a model take on machines like this one, kept in a file beside the model, which may be shared by
 * several machines. What was measured of other bytes, or on another processor, is not found.
 */
export class MeasuredTimes {
  readonly #machine: string;
  #isChanged = false;

  private constructor(
    private readonly model: LoadedModel,
    private readonly times: Record<string, number>,
  ) {
    this.#machine = machineOf(model);
  }

  static async read(model: LoadedModel): Promise<MeasuredTimes> {
    const stored = (await readTimes(model))[machineOf(model)];
    return new MeasuredTimes(model, { ...remembered.get(keyOf(model)), ...stored });
  }

  of(part: ModelPart, file: string): number | undefined {
    return this.times[this.#nameOf(part, file)];
  }

  set(part: ModelPart, file: string, ms: number): void {
    const name = this.#nameOf(part, file);
    this.#isChanged ||= this.times[name] !== ms;
    this.times[name] = ms;
  }

  /** Where they cannot be kept beside the model (a folder to read only is nothing unusual), this process remembers them. */
  async save(warn: (message: string) => void): Promise<void> {
    if (!this.#isChanged) return;
    const path = join(this.model.folder, FILE);
    const temporary = `${path}.${randomUUID()}`;
    const all = { ...(await readTimes(this.model)), [this.#machine]: this.times };
    try {
      await writeFile(temporary, `${JSON.stringify(all, undefined, 2)}\n`);
      await rename(temporary, path);
    } catch (error) {
      remembered.set(keyOf(this.model), this.times);
      await rm(temporary, { force: true }).catch(() => undefined);
      const { code, message } = error as NodeJS.ErrnoException;
      if (!NOT_WRITABLE.has(code ?? '')) warn(`expected to keep what was measured in ${path}, received ${message}`);
    }
  }

  #nameOf(part: ModelPart, file: string): string {
    const { sha256 } = this.model.manifest.files.find(({ name }) => name === file)!;
    return `${part} ${file} ${sha256.slice(0, 12)}`;
  }
}

/** None where there is no such file yet, or it cannot be understood: then it is measured again. */
async function readTimes({ folder }: LoadedModel): Promise<z.infer<typeof timesSchema>> {
  try {
    return timesSchema.parse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
  } catch {
    return {};
  }
}

function machineOf({ provider }: LoadedModel): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${arch()}, ${provider}`;
}

function keyOf(model: LoadedModel): string {
  return `${model.folder} ${machineOf(model)}`;
}
