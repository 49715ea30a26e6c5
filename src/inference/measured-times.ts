import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import type { LoadedModel, ModelPart } from './model-registry.js';

const FILE = 'measured.json';
const NOT_WRITABLE = new Set(['EROFS', 'EACCES', 'EPERM']);

// By machine, then by part and file, in milliseconds.
const timesSchema = z.record(z.string(), z.record(z.string(), z.number().positive()));

// Where the folder cannot be written to, a process still measures once.
const remembered = new Map<string, Record<string, number>>();

type MeasuredModel = Pick<LoadedModel, 'manifest' | 'folder' | 'provider'>;

/**
 * How long the parts of a model take on machines like this one, kept in a file beside the model, which may be shared by
 * several machines. What was measured of other bytes, or on another processor, is not found.
 */
export class MeasuredTimes {
  readonly #machine: string;
  #isChanged = false;

  private constructor(
    private readonly model: MeasuredModel,
    private readonly times: Record<string, number>,
  ) {
    this.#machine = machineOf(model);
  }

  static async read(model: MeasuredModel): Promise<MeasuredTimes> {
    const stored = (await readTimes(model))[machineOf(model)];
    return new MeasuredTimes(model, { ...remembered.get(keyOf(model)), ...stored });
  }

  /** @param file the name or the path of one of the model's files */
  of(part: ModelPart, file: string): number | undefined {
    return this.times[this.#nameOf(part, file)];
  }

  set(part: ModelPart, file: string, ms: number): void {
    const name = this.#nameOf(part, file);
    this.#isChanged ||= this.times[name] !== ms;
    this.times[name] = ms;
  }

  /** Of the fastest file of a part that was measured. */
  best(part: ModelPart): number | undefined {
    const { file, variants } = this.model.manifest[part];
    const times = [file, ...Object.values(variants ?? {})].flatMap((name) => this.of(part, name) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
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
    const own = relative(this.model.folder, resolve(this.model.folder, file)).replaceAll(sep, '/');
    const { sha256 } = this.model.manifest.files.find(({ name }) => name === own)!;
    return `${part} ${own} ${sha256.slice(0, 12)}`;
  }
}

/** None where there is no such file yet, or it cannot be understood: then it is measured again. */
async function readTimes({ folder }: MeasuredModel): Promise<z.infer<typeof timesSchema>> {
  try {
    return timesSchema.parse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
  } catch {
    return {};
  }
}

function machineOf({ provider }: MeasuredModel): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${arch()}, ${provider}`;
}

function keyOf(model: MeasuredModel): string {
  return `${model.folder} ${machineOf(model)}`;
}
