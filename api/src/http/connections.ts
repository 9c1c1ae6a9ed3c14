import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** The first request of a connection that was only just made is on its way. */
const FIRST_REQUEST_MS = 1_000;

/**
 * The result ends each connection as soon as nothing is under way on it. Node's own way leaves those on which no
 * request came yet, which balancers and browsers open in advance.
 */
export function trackConnections(server: Server): () => void {
  const fresh = new Set<Socket>();
  const idle = new Set<Socket>();
  let closing = false;
  const endIfUnused = (socket: Socket): void => {
    setTimeout(() => {
      if (fresh.has(socket)) socket.destroySoon();
    }, FIRST_REQUEST_MS);
  };
  server.on('connection', (socket) => {
    fresh.add(socket);
    if (closing) endIfUnused(socket);
    socket.once('close', () => {
      fresh.delete(socket);
      idle.delete(socket);
    });
  });
  server.on('request', ({ socket }, response) => {
    fresh.delete(socket);
    idle.delete(socket);
    response.once('close', () => {
      if (closing) socket.destroySoon();
      else if (!socket.destroyed) idle.add(socket);
    });
  });
  return () => {
    closing = true;
    for (const socket of idle) socket.destroySoon();
    for (const socket of fresh) endIfUnused(socket);
  };
}
