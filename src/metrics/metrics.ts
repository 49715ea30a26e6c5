import { collectDefaultMetrics, type Registry } from 'prom-client';
import type { InstallationMetrics } from './installation-metrics.js';

/** What a process tells of itself, in the text format of Prometheus. */
export class Metrics {
  #hasDefaults = false;

  constructor(
    private readonly registry: Registry,
    private readonly installation: InstallationMetrics,
  ) {}

  get contentType(): string {
    return this.registry.contentType;
  }

  async read(): Promise<string> {
    this.#addDefaults();
    await this.installation.refresh();
    return this.registry.metrics();
  }

  /** Those of Node keep a timer and an observer at work: who does not read them does not pay for them. */
  #addDefaults(): void {
    if (this.#hasDefaults) return;
    this.#hasDefaults = true;
    collectDefaultMetrics({ register: this.registry });
  }
}
