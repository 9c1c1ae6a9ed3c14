import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { World } from './support/world.ts';

interface Export {
  resourceSpans: { scopeSpans: { spans: { traceId: string; parentSpanId: string; name: string }[] }[] }[];
}

describe.skipIf(inject('skipReason'))('traces', () => {
  let world: World;
  const exports: Export[] = [];
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      if (request.url === '/v1/traces') exports.push(body as Export);
      response.end('{}');
    });
  });

  beforeAll(async () => {
    world = await World.create();
    await once(collector.listen(0, '127.0.0.1'), 'listening');
  });

  afterAll(async () => {
    await world.destroy();
    collector.closeAllConnections();
    collector.close();
  });

  it('continue from the request to the job, when there is an endpoint to export them to', async () => {
    const { port } = collector.address() as AddressInfo;
    await world.worker({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    const message = await world.row('number.primes', { limit: 10 });
    await world.enqueue(message);
    await world.queued(message.jobId, 'completed');
    await world.stopWorkers();

    const spans = exports.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
    const [, traceId, parentSpanId] = message.traceparent.split('-');
    expect(spans).toEqual([expect.objectContaining({ name: 'job number.primes', traceId, parentSpanId })]);
    expect(world.output.join('')).toContain(`"traceId":"${traceId ?? ''}"`);
  });
});
