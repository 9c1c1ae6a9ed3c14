import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Time for the first request of a new connection to arrive. */
const FIRST_REQUEST_MS = 1_000;

/**
 * Returns a function that closes each connection as soon as no request is in progress on it. Node's own
 * closeIdleConnections leaves those without a first request, which load balancers and browsers open in advance.
 */
export function trackConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  const idle = new Set<Socket>();
  let closing = false;
  const closeIfUnused = (socket: Socket): void => {
    setTimeout(() => {
      if (unused.has(socket)) socket.destroySoon();
    }, FIRST_REQUEST_MS);
  };
  server.on('connection', (socket) => {
    unused.add(socket);
    if (closing) closeIfUnused(socket);
    socket.once('close', () => {
      unused.delete(socket);
      idle.delete(socket);
    });
  });
  server.on('request', ({ socket }, response) => {
    unused.delete(socket);
    idle.delete(socket);
    response.once('close', () => {
      if (closing) socket.destroySoon();
      else if (!socket.destroyed) idle.add(socket);
    });
  });
  return () => {
    closing = true;
    for (const socket of idle) socket.destroySoon();
    for (const socket of unused) closeIfUnused(socket);
  };
}
