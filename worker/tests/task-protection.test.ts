import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Kind } from '../src/kinds/kind.ts';
import { createLogger } from '../src/observability/logger.ts';
import { TaskProtection } from '../src/jobs/task-protection.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

const ON = 'PUT /task-protection/v1/state {"ProtectionEnabled":true,"ExpiresInMinutes":15}';
const OFF = 'PUT /task-protection/v1/state {"ProtectionEnabled":false}';
const log: string[] = [];
const logger = createLogger(
  { environment: 'local', service: 'worker', version: '1', logLevel: 'info' },
  { write: (line) => log.push(line) },
);

describe('task protection', () => {
  let agent: Server;
  let url: string;
  let requests: string[];
  let answers: number[];
  let status = 200;

  beforeEach(async () => {
    requests = [];
    answers = [];
    status = 200;
    agent = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        answers.push(status);
        requests.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"protection":{}}');
      });
    });
    await once(agent.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    agent.closeAllConnections();
    agent.close();
  });

  const asked = (count: number): Promise<true> =>
    eventually((): true | undefined => requests.length >= count || undefined);

  it('requests protection once while busy, and ends it once when idle', async () => {
    const protection = new TaskProtection(url, logger, { idleMs: 0, renewMs: 60_000, retryMs: 60_000 });
    protection.idle();
    protection.busy();
    await asked(1);
    for (let count = 0; count < 20; count++) {
      protection.idle();
      protection.busy();
    }
    protection.idle();
    await asked(2);
    protection.idle();
    await protection.stop();

    expect(requests).toEqual([ON, OFF]);
  });

  it('renews while busy', async () => {
    const protection = new TaskProtection(url, logger, { idleMs: 0, renewMs: 10, retryMs: 60_000 });
    protection.busy();
    await asked(3);
    await protection.stop();

    expect(requests.slice(0, 3)).toEqual([ON, ON, ON]);
    expect(requests.at(-1)).toBe(OFF);
  });

  it('logs a failure of the agent, and retries', async () => {
    const protection = new TaskProtection(url, logger, { idleMs: 0, renewMs: 60_000, retryMs: 10 });
    status = 500;
    protection.busy();
    await asked(2);
    status = 200;
    await eventually(() => answers.includes(200));
    await protection.stop();

    expect(log.join('')).toContain('task protection update failed');
    expect(requests.at(-1)).toBe(OFF);
  });

  describe.skipIf(inject('skipReason'))('of a worker', () => {
    let world: World;

    beforeAll(async () => {
      world = await World.create();
    });

    afterAll(() => world.destroy());

    it('lasts while any job is in progress, and is not requested again for each job', async () => {
      const ends: (() => void)[] = [];
      const kind: Kind = () =>
        new Promise((resolve) => {
          ends.push(() => {
            resolve({ result: {}, units: 1 });
          });
        });
      const worker = await world.worker({ ECS_AGENT_URI: url }, { kinds: { 'text.statistics': kind } });
      const ids = await Promise.all([1, 2, 3].map(() => world.submit('text.statistics', {})));
      await eventually(() => ends.length === 3);
      await asked(1);
      for (const end of ends) end();
      for (const id of ids) await world.reached(id, 'succeeded');
      await asked(2);
      await worker.stop();

      expect(requests).toEqual([ON, OFF]);
    });
  });
});
