import { startFauxqs } from 'fauxqs';

// It keeps objects in memory: in a process of its own, that is not counted as the memory of what is tested.
const [bucket] = process.argv.slice(2);
const server = await startFauxqs({ port: 0, logger: false, init: { buckets: [bucket] } });
console.log(server.port);
