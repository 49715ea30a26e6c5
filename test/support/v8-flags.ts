/** Node 22 and later do not know this flag, and do not start with one that they do not know. */
const optimiseLess = process.versions.node.startsWith('20.') ? ['--interrupt-budget=1500000'] : [];

/**
 * What V8 is told in the processes of tests: they, and the embedded Postgres of each, are over before code that V8 optimises has
 * paid for the optimising, and have their modules loaded before a heap that begins small has grown.
 */
export const V8_FLAGS = ['--liftoff-only', '--min-semi-space-size=16', ...optimiseLess];
