import { Counter, Histogram, type Registry } from 'prom-client';
import type { Outcome, WorkMeter } from './work-meter.js';
import { JobKind } from '../database/generated/enums.js';

/** From what a person does not notice to what nobody waits for. */
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counted from 0: of a series that begins with its first fault, Prometheus does not see that it has grown. */
const FORESEEN: readonly Outcome[] = ['ok', 'INTERNAL'];

/** Counts the work of this process since it was started. */
export class WorkMetrics implements WorkMeter {
  readonly #operations;
  readonly #operationDuration;
  readonly #uploads;
  readonly #searchDuration;
  readonly #jobRuns;
  readonly #jobDuration;
  readonly #encoded;
  readonly #encoding;

  constructor(registry: Registry) {
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Counter({ name: `afterimage_${name}`, help, labelNames, registers: [registry] });
    const histogram = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Histogram({
        name: `afterimage_${name}`,
        help,
        labelNames,
        buckets: BUCKETS_SECONDS,
        registers: [registry],
      });
    const outcome = 'ok or the code of the first error';
    this.#operations = counter(
      'graphql_operations_total',
      `Operations asked for at /graphql over HTTP; outcome: ${outcome}.`,
      'type',
      'outcome',
    );
    this.#operationDuration = histogram(
      'graphql_operation_duration_seconds',
      'Until they were answered; mutations with the files that they bring.',
      'type',
    );
    this.#uploads = counter(
      'uploads_total',
      'Files offered to the library; outcome: uploaded, duplicate or the code that refused it.',
      'outcome',
    );
    this.#searchDuration = histogram('search_duration_seconds', 'Of searches that were answered.', 'mode');
    this.#jobRuns = counter('job_runs_total', `Runs of jobs; outcome: ${outcome}.`, 'kind', 'outcome');
    this.#jobDuration = histogram(
      'job_duration_seconds',
      'Of runs of jobs; of those done together, the share of each.',
      'kind',
    );
    this.#encoded = counter('encoded_total', 'Texts and pictures that the model has encoded.', 'part');
    this.#encoding = counter('encoding_seconds_total', 'Time for which that kept inference threads busy.', 'part');
    for (const outcome of FORESEEN) {
      for (const type of ['query', 'mutation']) this.#operations.inc({ type, outcome }, 0);
      for (const kind of Object.values(JobKind)) this.#jobRuns.inc({ kind, outcome }, 0);
    }
    for (const outcome of ['uploaded', 'duplicate', 'INTERNAL']) this.#uploads.inc({ outcome }, 0);
  }

  operation(...[type, outcome, durationMs]: Parameters<WorkMeter['operation']>): void {
    this.#operations.inc({ type, outcome });
    this.#operationDuration.observe({ type }, durationMs / 1_000);
  }

  upload(outcome: Parameters<WorkMeter['upload']>[0]): void {
    this.#uploads.inc({ outcome });
  }

  search(mode: string, durationMs: number): void {
    this.#searchDuration.observe({ mode }, durationMs / 1_000);
  }

  job(...[kind, outcome, durationMs]: Parameters<WorkMeter['job']>): void {
    this.#jobRuns.inc({ kind, outcome });
    this.#jobDuration.observe({ kind }, durationMs / 1_000);
  }

  encoded(...[part, count, durationMs]: Parameters<WorkMeter['encoded']>): void {
    this.#encoded.inc({ part }, count);
    this.#encoding.inc({ part }, durationMs / 1_000);
  }
}
