import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';

const named = process.env['CHROMIUM_PATH'];
const CHROMIUM = named ?? '/usr/bin/chromium';
/** Null where there is a browser to test with. One that the caller names must be there. */
export const WHY_NO_BROWSER =
  named || existsSync(CHROMIUM) ? null : `no ${CHROMIUM}: apt-get install chromium, or set CHROMIUM_PATH`;

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--window-size=1600,1000',
  '--remote-debugging-port=0',
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly request?: { readonly url: string };
    readonly response?: { readonly payloadData: string };
    readonly url?: string;
    readonly entry?: { readonly level: string; readonly text: string; readonly url?: string };
    readonly type?: string;
    readonly args?: unknown;
    readonly exceptionDetails?: unknown;
  };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One page of a Chromium of its own, driven by the DevTools protocol. */
export class BrowserPage {
  /** Addresses of all requests, WebSockets too. */
  readonly requests: string[] = [];
  /** What it has sent over WebSockets. */
  readonly sentFrames: string[] = [];
  /** Errors in the console, uncaught ones, and requests that failed. */
  readonly errors: string[] = [];
  readonly #answers = new Map<number, { resolve: (result: object) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  private constructor(
    private readonly socket: WebSocket,
    private sessionId: string | undefined,
  ) {
    socket.on('message', (text: Buffer) => this.#receive(JSON.parse(text.toString()) as Message));
  }

  static async open(url: string): Promise<BrowserPage> {
    const profile = await mkdtemp(join(tmpdir(), 'afterimage-browser-'));
    const child = spawn(CHROMIUM, [...FLAGS, `--user-data-dir=${profile}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = once(child, 'close');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await closed;
      await rm(profile, { recursive: true, force: true, maxRetries: 10 });
    });
    let address: string | undefined;
    for await (const line of createInterface(child.stderr))
      if ((address = /^DevTools listening on (\S+)$/.exec(line)?.[1])) break;
    // A pipe that nobody reads would fill up and stop the browser.
    child.stderr.resume();
    const socket = new WebSocket(address!);
    await once(socket, 'open');
    const page = new BrowserPage(socket, undefined);
    const { targetId } = (await page.send('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
    const attached = await page.send('Target.attachToTarget', { targetId, flatten: true });
    page.sessionId = (attached as { sessionId: string }).sessionId;
    for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'DOM']) await page.send(`${domain}.enable`);
    await page.send('Page.navigate', { url });
    return page;
  }

  /** One command of the DevTools protocol. */
  send(method: string, params: object = {}): Promise<object> {
    const id = ++this.#lastId;
    const answer = new Promise<object>((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ id, method, params, ...(this.sessionId && { sessionId: this.sessionId }) }));
    return answer;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until an expression in the page is truthy, and returns its value. */
  until<T>(expression: string): Promise<T> {
    return vi.waitUntil(() => this.evaluate<T>(expression), { timeout: 40_000, interval: 50 }) as Promise<T>;
  }

  async sees(element: string): Promise<void> {
    await this.until(`Boolean(${element})`);
  }

  /** Scrolls to the first element that the expression evaluates to and clicks on it, as a user does. */
  async click(element: string): Promise<void> {
    const { x, y } = await this.until<{ x: number; y: number }>(`(() => {
      const found = ${element};
      found?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const box = found?.getBoundingClientRect();
      return box?.width ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : null;
    })()`);
    for (const type of ['mousePressed', 'mouseReleased'])
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
  }

  /** Gives files to a file input, as its dialog would. */
  async chooseFiles(selector: string, files: readonly string[]): Promise<void> {
    const { root } = (await this.send('DOM.getDocument')) as { root: { nodeId: number } };
    const { nodeId } = (await this.send('DOM.querySelector', { nodeId: root.nodeId, selector })) as { nodeId: number };
    await this.send('DOM.setFileInputFiles', { nodeId, files });
  }

  /** PNG, base64: for whoever has to see why a test fails. */
  async screenshot(): Promise<string> {
    return ((await this.send('Page.captureScreenshot')) as { data: string }).data;
  }

  #receive({ id, method, params = {}, result, error }: Message): void {
    if (id !== undefined) {
      const { resolve, reject } = this.#answers.get(id)!;
      this.#answers.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result!);
    }
    const { request, response, url, entry, type, args, exceptionDetails } = params;
    if (method === 'Network.requestWillBeSent') this.requests.push(request!.url);
    if (method === 'Network.webSocketCreated') this.requests.push(url!);
    if (method === 'Network.webSocketFrameSent') this.sentFrames.push(response!.payloadData);
    if (method === 'Log.entryAdded' && entry!.level === 'error') this.errors.push(`${entry!.text} ${entry!.url ?? ''}`);
    if (method === 'Runtime.exceptionThrown') this.errors.push(JSON.stringify(exceptionDetails));
    if (method === 'Runtime.consoleAPICalled' && type === 'error') this.errors.push(JSON.stringify(args));
  }
}
