import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';

// What is measured runs in a process of its own, which answers questions: what its caller does costs it nothing.

// What `npm start` sets for the server.
const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url)));
const SERVER_ENVIRONMENT = Object.fromEntries(scripts.start.match(/\b[A-Z_]+=\S+/g).map((each) => each.split('=')));
const SERVER_FLAGS = /node ((?:--\S+ )*)dist\/main\.js/.exec(scripts.start)[1].split(' ').filter(Boolean);

/** To be called in the process that is measured. @param answers functions by the name of the question */
export function answerTo(answers) {
  process.on('message', async ({ question, args }) => {
    try {
      process.send({ value: await answers[question](...args) });
    } catch (error) {
      process.send({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.send({ value: 'ready' });
}

/**
 * Starts such a process.
 * @returns `ask(question, ...args)`, one at a time, and `end()`
 */
export async function startProcess(url, args = []) {
  // What else the caller sets, UV_THREADPOOL_SIZE and the like, both sides of a comparison have.
  const env = { ...SERVER_ENVIRONMENT, ...process.env };
  const child = fork(url, args, { execArgv: SERVER_FLAGS, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
  const receive = () =>
    new Promise((resolve, reject) => {
      const fail = (code, signal) =>
        reject(new Error(`expected an answer from ${url}, received its end (${signal ?? code})`));
      child.once('exit', fail);
      child.once('message', ({ value, error }) => {
        child.off('exit', fail);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      });
    });
  await receive();
  return {
    ask(question, ...args) {
      const answer = receive();
      child.send({ question, args });
      return answer;
    },
    async end() {
      const ended =
        child.exitCode !== null || child.signalCode !== null
          ? undefined
          : new Promise((resolve) => child.once('exit', resolve));
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
