import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from '../src/accounts/access-tokens.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const account = { userId: randomUUID(), tenantId: randomUUID() };
const sessionId = randomUUID();
const make = (secret: string): AccessTokens => new AccessTokens([{ id: 'key', secret: secret.repeat(40) }]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

it('remembers a verified token to the end of its validity, and no longer', async () => {
  const tokens = make('a');
  const token = await tokens.issue(account, sessionId);
  const end = NOW.getTime() + ACCESS_TOKEN_SECONDS * 1000;

  expect(tokens.remembered(token)).toBeUndefined();
  const identity = { ...account, sessionId, expiresAt: new Date(end) };
  expect(await tokens.verify(token)).toEqual(identity);
  vi.setSystemTime(end - 1);
  expect(tokens.remembered(token)).toEqual(identity);
  vi.setSystemTime(end);
  expect(tokens.remembered(token)).toBeUndefined();
  expect(await tokens.verify(token)).toBeUndefined();
});

it('remembers no token that it refused', async () => {
  const tokens = make('a');
  const forged = await make('b').issue(account, sessionId);

  expect(await tokens.verify(forged)).toBeUndefined();
  expect(tokens.remembered(forged)).toBeUndefined();
});
