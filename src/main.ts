#!/usr/bin/env node
import { createProgram } from './cli/program.js';

// Who reads no further (`afterimage doctor --repair | head`) ends what is printed, not what is done.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await createProgram().parseAsync();
