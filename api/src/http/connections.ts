import type { Server, ServerResponse } from 'node:http';
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
    socket.setMaxListeners(0);
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

/**
 * Calls the function once the response is sent, or its client has gone. Node emits no event of a response that waits
 * for the one before it on a connection that ends, nor of one that was closed before.
 */
export function onceClosed(response: ServerResponse, socket: Socket, work: () => void): void {
  let closed = false;
  const end = (): void => {
    if (closed) return;
    closed = true;
    response.off('close', end);
    socket.off('close', end);
    work();
  };
  response.once('close', end);
  socket.once('close', end);
  if (response.closed || socket.destroyed) process.nextTick(end);
}
