import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import { addUncalledRoutes } from '../../src/http/app.ts';
import { createValidatorCompiler } from '../../src/http/validation.ts';

/** The OpenAPI document of the routes. */
export async function renderOpenApi(version: string): Promise<object> {
  const app = Fastify();
  app.setValidatorCompiler(createValidatorCompiler());
  await app.register(swagger, {
    refResolver: { buildLocalReference: ({ $id }) => $id as string },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'plataforma', version, description: 'Accounts, sessions, jobs and their progress.' },
      servers: [{ url: '/' }],
      tags: [{ name: 'sessions' }, { name: 'jobs' }],
      components: {
        securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  });
  await addUncalledRoutes(app);
  await app.ready();
  return app.swagger();
}
