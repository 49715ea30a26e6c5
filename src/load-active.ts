import type { ServedModels } from './assets/served-models.js';
import type { Config } from './config.js';
import type { PrismaClient } from './database/database.js';
import type { Model } from './database/generated/client.js';
import { AfterimageError } from './errors.js';
import { readManifest } from './inference/model-registry.js';
import { ensureActive } from './model-change/model-rows.js';

/**
 * Loads the model that answers: the one that the installation has, or else that of the setting, which becomes its first.
 *
 * @param isNeeded false where it may be out of order: then the one that the installation has is not loaded
 * @throws MODEL_NOT_FOUND, MODEL_DAMAGED, MODEL_INVALID
 */
export async function loadActive(
  prisma: PrismaClient,
  models: ServedModels,
  config: Config,
  isNeeded: boolean,
): Promise<Model> {
  const row = await prisma.model.findFirst({ where: { state: 'ACTIVE' } });
  if (row && !isNeeded) return row;
  const id = row?.id ?? (await readManifest(config.model, config.modelsDir)).manifest.id;
  const { manifest } = await models.load(id).catch((error: unknown) => {
    // Whoever starts a process is told all that there is to say.
    const { cause } = error as Error;
    const whole = cause instanceof AfterimageError ? cause : error;
    throw row ? withAdvice(whole, id) : whole;
  });
  // Only now: a first model that does not run must not be there to stay.
  const active = await ensureActive(prisma, manifest);
  // Where processes start together, another one's may be the first.
  if (active.id !== id) await models.load(active.id);
  return active;
}

function withAdvice(error: unknown, id: string): unknown {
  if (!(error instanceof AfterimageError)) return error;
  const advice = `${id} is the model that answers: bring its files back, or change to another one by "afterimage reindex --rollback" or "--model ID"`;
  return new AfterimageError(error.code, `${error.message}; ${advice}`, { cause: error });
}
