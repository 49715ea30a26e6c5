import { readFile, rename, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../parse-json.js';

const FILE = '.speeds.json';

const speedSchema = z.object({
  /** Figures of another processor say nothing here. */
  cpu: z.string(),
  msPerPicture: z.number(),
  msPerText: z.number(),
  measuredAt: z.iso.datetime(),
});
const fileSchema = z.record(z.string(), speedSchema);

/** One inference thread, one picture or text at a time. */
export type ModelSpeed = z.infer<typeof speedSchema>;

/** What was measured on this machine, by model id. None when nothing was, or the file is no good: it can be measured again. */
export async function readSpeeds(modelsDir: string): Promise<ReadonlyMap<string, ModelSpeed>> {
  const all = Object.entries(await readFileOf(modelsDir));
  return new Map(all.filter(([, { cpu }]) => cpu === thisCpu()));
}

/** @returns false where the models folder cannot be written */
export async function rememberSpeed(
  modelsDir: string,
  modelId: string,
  speed: Pick<ModelSpeed, 'msPerPicture' | 'msPerText'>,
): Promise<boolean> {
  const measured = { ...speed, cpu: thisCpu(), measuredAt: new Date().toISOString() };
  const all = { ...(await readFileOf(modelsDir)), [modelId]: measured };
  const unfinished = join(modelsDir, `${FILE}.${process.pid}`);
  try {
    await writeFile(unfinished, `${JSON.stringify(all, null, 2)}\n`);
    await rename(unfinished, join(modelsDir, FILE));
    return true;
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function readFileOf(modelsDir: string): Promise<z.infer<typeof fileSchema>> {
  const text = await readFile(join(modelsDir, FILE), 'utf8').catch(() => '{}');
  return fileSchema.safeParse(parseJson(text)).data ?? {};
}

function thisCpu(): string {
  return cpus()[0]?.model ?? 'unknown';
}
