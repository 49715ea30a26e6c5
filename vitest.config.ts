import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests import the compiled code (`#dist/*`), the same files that users run, so worker threads, decorators and
// child processes are the real ones. `npm test` builds first.
export default defineConfig({
  // Vite would take graphql's other build, whose types are strangers to those of the compiled code.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    server: { deps: { external: [/\/dist\//] } },
  },
});
