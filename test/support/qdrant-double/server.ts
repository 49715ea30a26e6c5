import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { z } from 'zod';
import * as bodies from './bodies.js';
import { DoubleCollection } from './collection.js';
import { formatError, notFound, Refusal, wrongInput } from './refusal.js';

const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface DoubleRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/**
 * A double of the REST endpoints of Qdrant that Afterimage uses, with the status codes and error bodies of the real
 * server. It refuses more than that does: see `bodies.ts`, `filter.ts` and `collection.ts`.
 */
export class QdrantDouble {
  version = '1.18.0';
  apiKey: string | undefined;
  /** Called before a request is answered; may throw a Refusal, or never resolve. */
  beforeAnswer: (request: DoubleRequest) => unknown = () => undefined;
  readonly requests: DoubleRequest[] = [];
  readonly collections = new Map<string, DoubleCollection>();
  readonly aliases = new Map<string, string>();

  #port = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<QdrantDouble> {
    const server = createServer();
    const double = new QdrantDouble(server);
    server.on('request', (request, response) => void double.#answer(request, response));
    await double.listen();
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** At the same address as before it was closed, with all that it had. */
  async listen(): Promise<void> {
    this.server.listen(this.#port, '127.0.0.1');
    await once(this.server, 'listening');
    this.#port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname, searchParams } = new URL(message.url!, this.url);
      if (this.apiKey && pathname !== '/' && message.headers['api-key'] !== this.apiKey)
        return void response.writeHead(401, { 'content-type': 'text/plain' }).end('Invalid API key or JWT');
      const length = Number(message.headers['content-length'] ?? 0);
      if (length > MAX_BODY_BYTES) throw new Refusal(413, `JSON payload (${length} bytes) is larger than allowed`);
      const hasBody = message.method !== 'GET' && message.headers['content-length'] !== undefined;
      const request = { method: message.method!, path: pathname, body: hasBody ? await json(message) : undefined };
      this.requests.push(request);
      await this.beforeAnswer(request);
      const result = this.#route(request, Object.fromEntries(searchParams));
      send(response, 200, pathname === '/' ? result : { result, status: 'ok', time: 0 });
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      send(response, status, { status: { error: String((error as Error).message) }, time: 0 });
    }
  }

  #route({ method, path, body }: DoubleRequest, options: Record<string, string>): unknown {
    const [root, name, ...rest] = path.slice(1).split('/').map(decodeURIComponent);
    const isNamed = root === 'collections' && name !== undefined && name !== 'aliases';
    const route = `${method} ${isNamed ? ['collections', '*', ...rest].join('/') : path.slice(1)}`;
    const read = () => bodies.parse(bodies.readOptions, options);
    switch (route) {
      case 'GET ':
        return { title: 'qdrant - vector search engine', version: this.version, commit: '0' };
      case 'GET aliases':
        return { aliases: [...this.aliases].map(([alias_name, collection_name]) => ({ alias_name, collection_name })) };
      case 'GET collections':
        return { collections: [...this.collections.keys()].map((each) => ({ name: each })) };
      case 'POST collections/aliases':
        read();
        return this.#changeAliases(bodies.parse(bodies.changeAliases, body));
      case 'GET collections/*':
        return this.#named(name!).info();
      case 'PUT collections/*':
        read();
        return this.#create(name!, bodies.parse(bodies.createCollection, body));
      case 'PATCH collections/*':
        read();
        return this.#named(name!).update(bodies.parse(bodies.updateCollection, body));
      case 'DELETE collections/*':
        read();
        for (const [alias, target] of this.aliases) if (target === name) this.aliases.delete(alias);
        return this.collections.delete(name!);
      case 'PUT collections/*/index':
        return this.#write(options, bodies.createIndex, body, (parsed) => this.#named(name!).createIndex(parsed));
      case 'PUT collections/*/points':
        return this.#write(options, bodies.upsert, body, (parsed) => this.#named(name!).upsert(parsed));
      case 'POST collections/*/points/delete':
        return this.#write(options, bodies.deletion, body, (parsed) => this.#named(name!).delete(parsed));
      case 'POST collections/*/points/batch': {
        const result = this.#write(options, bodies.batch, body, (parsed) => this.#named(name!).batch(parsed));
        return bodies.parse(bodies.batch, body).operations.map(() => result);
      }
      case 'POST collections/*/points':
        read();
        return this.#named(name!).retrieve(bodies.parse(bodies.retrieval, body));
      case 'POST collections/*/points/count':
        read();
        return this.#named(name!).count(bodies.parse(bodies.counting, body));
      case 'POST collections/*/points/scroll':
        read();
        return this.#named(name!).scroll(bodies.parse(bodies.scrolling, body));
      case 'POST collections/*/points/query':
        read();
        return this.#named(name!).query(bodies.parse(bodies.query, body));
      case 'POST collections/*/points/query/batch':
        read();
        return bodies.parse(bodies.queryBatch, body).searches.map((each) => this.#named(name!).query(each));
      default:
        throw new Refusal(404, `the double has no ${route}`);
    }
  }

  #write<Body>(options: unknown, schema: z.ZodType<Body>, body: unknown, apply: (body: Body) => void) {
    const { wait } = bodies.parse(bodies.writeOptions, options);
    apply(bodies.parse(schema, body));
    return { operation_id: this.requests.length, status: wait === 'true' ? 'completed' : 'acknowledged' };
  }

  #named(name: string): DoubleCollection {
    const collection = this.collections.get(this.aliases.get(name) ?? name);
    if (!collection) throw notFound(`Collection \`${name}\` doesn't exist!`);
    return collection;
  }

  #create(name: string, body: z.infer<typeof bodies.createCollection>): boolean {
    if (this.collections.has(name)) throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
    if (this.aliases.has(name))
      throw wrongInput(`Can't create collection with name ${name}. Alias with the same name already exists`);
    if (name.length > 255 || /[<>:"/\\|?*]/.test(name)) throw formatError('collection name cannot contain that');
    this.collections.set(name, new DoubleCollection(body));
    return true;
  }

  #changeAliases({ actions }: z.infer<typeof bodies.changeAliases>): boolean {
    for (const action of actions) {
      if ('delete_alias' in action) this.aliases.delete(action.delete_alias.alias_name);
      else {
        const { alias_name, collection_name } = action.create_alias;
        this.#named(collection_name);
        if (this.collections.has(alias_name))
          throw new Refusal(409, `Wrong input: Collection \`${alias_name}\` already exists!`);
        this.aliases.set(alias_name, collection_name);
      }
    }
    return true;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
