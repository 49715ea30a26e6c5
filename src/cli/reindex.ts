import { setTimeout as sleep } from 'node:timers/promises';
import { numberOf } from './number-of.js';
import { createProgressBar } from './progress-bar.js';
import { runApp } from './run-app.js';
import type { App } from '../app.js';
import type { Config } from '../config.js';
import { AfterimageError } from '../errors.js';
import { loadModel } from '../inference/model-registry.js';
import type { ModelProgress } from '../model-change/model-progress.js';
import type { ModelOutcome, ModelsService } from '../model-change/models.service.js';

const POLL_MS = 300;

export interface ReindexOptions {
  /** As it was given: the default of the setting is that of a new library. */
  readonly model?: string;
  readonly rollback?: boolean;
  readonly cancel?: boolean;
  /** The id of a model. */
  readonly drop?: string;
}

/**
 * Changes the model of a library to that of the setting, and waits for it; or does another step of such a change. Where
 * servers share the library they go on answering, and this process does a part of the work.
 * @throws INVALID_ARGUMENT where neither a model nor another step is given
 */
export async function reindex(config: Config, { model, rollback, cancel, drop }: ReindexOptions): Promise<void> {
  if (!(model || rollback || cancel || drop !== undefined))
    throw new AfterimageError('INVALID_ARGUMENT', 'expected a model for --model, received none');
  const step = async ({ services: { models } }: App, stopping: AbortSignal) => {
    if (drop !== undefined) {
      required(await models.drop(drop));
      console.log(`  the embeddings of ${drop} are removed`);
    } else if (cancel) {
      console.log(`  the change to ${required(await models.cancel()).id} is given up`);
    } else if (rollback) {
      console.log(`  ${required(await models.rollBack()).id} answers again`);
    } else {
      const { manifest } = await loadModel(config.model, config.modelsDir);
      required(await models.change(manifest.id));
      printChanged(await untilActive(models, manifest.id, stopping));
    }
  };
  // It is also the way out when the one that answers does not work any more.
  const { isStopped } = await runApp(config, step, { isModelNeeded: false });
  if (!isStopped) return;
  console.log('  what is left is done when this is run again, or when a server runs');
  process.exitCode = 1;
}

function required({ model, refusal }: ModelOutcome): ModelProgress {
  if (refusal) throw new AfterimageError(refusal.code, refusal.message);
  return model!;
}

/** @throws MODEL_INVALID when it has embedded nothing of what there is, once it is told to stop, and when it is given up */
async function untilActive(models: ModelsService, id: string, stopping: AbortSignal): Promise<ModelProgress> {
  const bar = createProgressBar('  {bar} {value}/{total} assets');
  bar.start(0, 0);
  try {
    for (;;) {
      stopping.throwIfAborted();
      const model = (await models.list()).find((each) => each.id === id);
      if (!model) throw new AfterimageError('MODEL_UNKNOWN', `expected a change to ${id}, received its end by another`);
      const { total, done, failed, state } = model;
      bar.setTotal(total);
      bar.update(done + failed);
      if (state === 'ACTIVE') return model;
      if (total > 0 && failed >= total)
        throw new AfterimageError(
          'MODEL_INVALID',
          `expected embeddings by ${id}, received ${failed} failures: see models { failures }, then "reindex --cancel"`,
        );
      await sleep(POLL_MS, undefined, { signal: stopping });
    }
  } finally {
    bar.stop();
  }
}

function printChanged({ id, done, failed }: ModelProgress): void {
  console.log(`  ${id} answers: ${numberOf(done, 'asset')}${failed > 0 ? `, ${failed} cannot be embedded by it` : ''}`);
}
