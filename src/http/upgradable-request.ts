import { IncomingMessage } from 'node:http';

const WEB_SOCKETS_PATH = '/graphql';

/**
 * A request that leaves HTTP only for a WebSocket, and only where there are any. Node hands each one that offers another
 * protocol over as a bare socket; clients that would rather have HTTP/2, as curl and Java, are answered as if they had not
 * said so (RFC 9110, section 7.8).
 */
export class UpgradableRequest extends IncomingMessage {
  // A field with a value would come after what the constructor of the class above sets.
  declare private isUpgrade: boolean | null;

  get upgrade(): boolean {
    return this.isUpgrade === true && (this.method === 'CONNECT' || this.#isForWebSocket());
  }

  set upgrade(isUpgrade: boolean | null) {
    this.isUpgrade = isUpgrade;
  }

  #isForWebSocket(): boolean {
    return this.headers.upgrade?.toLowerCase() === 'websocket' && this.url?.split('?')[0] === WEB_SOCKETS_PATH;
  }
}
