import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

interface Export {
  resourceSpans: { scopeSpans: { spans: { traceId: string; parentSpanId?: string; name: string }[] }[] }[];
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
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
  });

  afterAll(async () => {
    await world.destroy();
    collector.closeAllConnections();
    collector.close();
  });

  it('are exported when an endpoint is set, and continue in the job', async () => {
    const { port } = collector.address() as AddressInfo;
    const { client, service } = await world.replica({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    await client.signUp();
    const parent = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) };
    const { body } = await client.send<{ id: string }>(
      'POST',
      '/api/v1/jobs',
      { kind: 'number.primes', payload: { limit: 10 } },
      { 'idempotency-key': 'any', traceparent: `00-${parent.traceId}-${parent.spanId}-01` },
    );
    const job = await eventually(() => world.queue.getJob(body.id));
    await service.stop();

    const spans = exports.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
    const span = spans.find(({ traceId }) => traceId === parent.traceId);
    expect(span).toMatchObject({ name: 'POST /api/v1/jobs', parentSpanId: parent.spanId });
    expect((job.data as { traceparent: string }).traceparent).toMatch(
      new RegExp(`^00-${parent.traceId}-[0-9a-f]{16}-01$`),
    );
    expect((job.data as { traceparent: string }).traceparent).not.toContain(parent.spanId);
  });
});
