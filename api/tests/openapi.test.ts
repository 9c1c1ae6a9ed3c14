import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { renderOpenApi } from './support/openapi-document.ts';
import { type Replica, World } from './support/world.ts';

interface Document {
  openapi: string;
  info: object;
  paths: Record<string, Record<string, { responses: Record<string, object>; security?: object[] }>>;
}

const committed = JSON.parse(readFileSync('openapi.json', 'utf8')) as Document;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const CONTRACT = [
  'DELETE /api/v1/sessions 204',
  'GET /api/v1/jobs 200',
  'GET /api/v1/jobs/counts 200',
  'GET /api/v1/jobs/events 200',
  'GET /api/v1/jobs/{id} 200',
  'GET /api/v1/jobs/{id}/attempts 200',
  'GET /api/v1/jobs/{id}/events 200',
  'GET /api/v1/jobs/{id}/waiting 200',
  'GET /api/v1/usage 200',
  'POST /api/v1/accounts 201 409',
  'POST /api/v1/jobs 200 202 422',
  'POST /api/v1/jobs/{id}/cancel 200 409',
  'POST /api/v1/jobs/{id}/run-again 200 202 422',
  'POST /api/v1/sessions 201 401',
  'POST /api/v1/sessions/refresh 200 401',
];

it('is committed as openapi.json, which `npm run openapi` renders', async () => {
  const rendered = `${JSON.stringify(await renderOpenApi(version), null, 2)}\n`;
  await expect(rendered).toMatchFileSnapshot('../openapi.json');
});

describe.skipIf(inject('skipReason'))('the OpenAPI document', () => {
  let world: World;
  let replica: Replica;
  let document: Document;

  beforeAll(async () => {
    world = await World.create();
    replica = await world.replica({ SERVICE_VERSION: '7.7.7' });
    document = (await replica.client.get<Document>('/api/v1/openapi.json')).body;
  });

  afterAll(() => world.destroy());

  it('is served with the version of the service', () => {
    expect(document).toEqual({ ...committed, info: { ...committed.info, version: '7.7.7' } });
  });

  it('has the routes of the contract and no other, with their responses', () => {
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        statuses: Object.keys(responses),
      })),
    );

    expect(document.openapi).toBe('3.1.0');
    expect(routes.map(({ name }) => name).sort()).toEqual(
      CONTRACT.map((line) => line.split(' ', 2).join(' ')),
    );
    for (const line of CONTRACT) {
      const [method, path, ...statuses] = line.split(' ');
      const route = routes.find(({ name }) => name === `${String(method)} ${String(path)}`);
      expect(route?.statuses).toEqual(expect.arrayContaining([...statuses, '400', '429', '500', '503']));
    }
  });

  it('marks the routes that require a token, and they do', async () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const address = path.replace('{id}', '00000000-0000-4000-8000-000000000000');
        const { status } = await replica.client.send(method.toUpperCase(), address);
        expect([path, status === 401]).toEqual([path, security !== undefined || path.endsWith('/refresh')]);
      }
    }
  });
});
