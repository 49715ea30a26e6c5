import { CONSOLE_LOG } from './console-log.js';
import { createProgressBar } from './progress-bar.js';
import type { Config } from '../config.js';
import { evaluate, type Evaluation } from '../evaluation/evaluate.js';
import { readEvaluationSet } from '../evaluation/evaluation-set.js';
import { InferencePool } from '../inference/inference-pool.js';
import { chooseFiles } from '../inference/model-files.js';
import { loadModel } from '../inference/model-registry.js';

/** Prints how well models find and label the pictures of a folder that somebody has described. */
export async function evalFolder(
  config: Config,
  folder: string,
  { model: names = [config.model] }: { model?: string[] },
): Promise<void> {
  const set = await readEvaluationSet(folder);
  // Before any is run: a name that is wrong is known at once.
  const models = [];
  for (const name of names)
    models.push(await chooseFiles(await loadModel(name, config.modelsDir), config, CONSOLE_LOG));
  const evaluations: [modelId: string, Evaluation][] = [];
  for (const loaded of models) {
    const encoder = new InferencePool(loaded, { workerCount: config.workerCount });
    const bar = createProgressBar(`  {bar} {value}/{total} pictures, ${loaded.manifest.id}`, {
      clearOnComplete: true,
      // Nothing else is done where this command is stopped.
      gracefulExit: true,
    });
    bar.start(0, 0);
    try {
      const options = {
        maxPixels: config.maxPixels,
        concurrency: config.workerCount * 2,
        onPicture: (count: number, total: number) => {
          bar.setTotal(total);
          bar.update(count);
        },
      };
      evaluations.push([loaded.manifest.id, await evaluate(set, encoder, options)]);
    } finally {
      bar.stop();
      await encoder.close();
    }
  }
  printCaptions(evaluations);
  printLabels(evaluations);
}

const percent = (share: number) => (100 * share).toFixed(1);

function printCaptions(evaluations: readonly [string, Evaluation][]): void {
  const rows = evaluations.flatMap(([model, { captions }]) => {
    if (!captions) return [];
    const { recall, pictures, captions: count } = captions;
    const shares = { '@1': percent(recall[1]), '@5': percent(recall[5]), '@10': percent(recall[10]) };
    return [{ model, pictures, captions: count, ...shares }];
  });
  if (rows.length === 0) return;
  console.log('The picture of a caption is among the first 1, 5, 10 found, in per cent of the captions');
  console.table(rows);
}

function printLabels(evaluations: readonly [string, Evaluation][]): void {
  const rows = evaluations.flatMap(([model, { labels }]) =>
    labels.map(({ set, pictures, labels: count, accuracy }) => ({
      set,
      model,
      pictures,
      labels: count,
      'top-1': percent(accuracy[1]),
      'top-5': percent(accuracy[5]),
    })),
  );
  if (rows.length === 0) return;
  console.log('The right label is among the first 1, 5 of its set, in per cent of the pictures');
  console.table(rows.sort((a, b) => a.set.localeCompare(b.set)));
}
