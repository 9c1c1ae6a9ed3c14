/** What does the same work as the API and nothing else: Fastify, the token check, the one statement, prepared. */
import Fastify, { type FastifyRequest } from 'fastify';
import { jwtVerify } from 'jose';
import { Pool } from 'pg';
import { usageStatement, type SubmittedJob, submitStatement } from './statements.ts';

declare module 'fastify' {
  interface FastifyRequest {
    tenantId: string;
  }
}

const { PORT, JWT_SIGNING_KEYS = '{}', DATABASE_URL, DATABASE_POOL_SIZE } = process.env;
const keys = new Map(
  Object.entries(JSON.parse(JWT_SIGNING_KEYS) as Record<string, string>).map(
    ([id, secret]) => [id, new TextEncoder().encode(secret)] as const,
  ),
);
const pool = new Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL_SIZE) });
const app = Fastify();
app.decorateRequest('tenantId', '');

async function checkToken(request: FastifyRequest): Promise<void> {
  const token = (request.headers.authorization ?? '').slice('Bearer '.length);
  const { payload } = await jwtVerify(token, ({ kid }) => keys.get(kid ?? '') as Uint8Array, {
    algorithms: ['HS256'],
    issuer: 'plataforma',
    audience: 'plataforma-api',
    requiredClaims: ['sub', 'tid', 'iat', 'exp'],
  });
  request.tenantId = String(payload.tid);
}

app.get('/healthz', () => ({ status: 'ok' }));

app.get('/api/v1/usage', { onRequest: checkToken }, async (request) => {
  const { rows } = await pool.query<{ jobs: string; units: string }>(usageStatement(request.tenantId));
  return { jobs: Number(rows[0]?.jobs ?? 0), units: Number(rows[0]?.units ?? 0) };
});

app.post<{ Body: SubmittedJob }>('/api/v1/jobs', { onRequest: checkToken }, async (request, reply) => {
  const { rows } = await pool.query(
    submitStatement(request.tenantId, request.headers['idempotency-key'] as string, request.body),
  );
  return reply.code(202).send(rows[0]);
});

void app.listen({ host: '127.0.0.1', port: Number(PORT) });
