/** What Fastify takes by itself: one route with a constant answer. */
import Fastify from 'fastify';

const app = Fastify();
app.get('/healthz', () => ({ status: 'ok' }));
void app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
