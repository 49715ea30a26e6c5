import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { EmbeddedPostgres } from '#dist/database/embedded-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of an empty embedded database, to copy: making one takes seconds, copying it does not. */
    embeddedTemplate: string;
  }
}

/** Vitest's global setup: runs once before all test files. */
export default async function makeTemplate(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-template-'));
  const template = join(folder, 'postgres');
  const postgres = await EmbeddedPostgres.start(template);
  await postgres.close();
  project.provide('embeddedTemplate', template);
  return () => rmSync(folder, { recursive: true, force: true });
}
