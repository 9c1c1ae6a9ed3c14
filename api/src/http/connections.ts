import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The result ends each connection as soon as nothing is under way on it. Node's own way leaves those on which no
 * request came yet, which balancers and browsers open in advance.
 */
export function trackConnections(server: Server): () => void {
  const idle = new Set<Socket>();
  let closing = false;
  const rest = (socket: Socket): void => {
    if (closing) socket.destroySoon();
    else if (!socket.destroyed) idle.add(socket);
  };
  server.on('connection', (socket) => {
    rest(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      rest(socket);
    });
  });
  return () => {
    closing = true;
    for (const socket of idle) socket.destroySoon();
  };
}
