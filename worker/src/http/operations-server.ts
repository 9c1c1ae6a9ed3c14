import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { Health } from './health.ts';

/** Serves health, readiness and metrics. */
export function createOperationsServer(registry: Registry, health: Health): Server {
  const answers: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/healthz': (response) => {
      const { stuck } = health;
      if (stuck.length === 0) sendJson(response, 200, { status: 'ok' });
      else sendJson(response, 503, { status: 'failed', stuck });
      return Promise.resolve();
    },
    '/readyz': async (response) => {
      const checks = await health.check();
      const isReady = !Object.values(checks).includes('failed');
      sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ok' : 'failed', checks });
    },
    '/metrics': async (response) => {
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    },
  };
  return createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (!answer) sendJson(response, 404, { status: 'not found' });
    else {
      answer(response).catch(() => {
        sendJson(response, 500, { status: 'failed' });
      });
    }
  });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
