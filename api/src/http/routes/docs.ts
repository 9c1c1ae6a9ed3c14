import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App, Context } from '../context.ts';
import { securityHeaders } from '../security-headers.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>plataforma API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null });\n`;

const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};
/** The build copies them to dist/docs. */
const DIRECTORY = join(import.meta.dirname, 'docs');

const HEADERS = securityHeaders({
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
});

/** The committed document: to render it at each start takes a fifth of the start. Tests hold it to the routes. */
async function readDocument(version: string): Promise<object> {
  const { default: document } = await import('../../../openapi.json', { with: { type: 'json' } });
  return { ...document, info: { ...document.info, version } };
}

export function docsRoutes(app: App, { config }: Context): void {
  const options = {
    schema: { hide: true },
    onRequest: (_request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      reply.headers(HEADERS);
      done();
    },
  };

  app.get('/openapi.json', { schema: { hide: true } }, () => readDocument(config.version));

  app.get('/docs', options, (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));

  app.get('/docs/start.js', options, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(START),
  );

  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/docs/${name}`, options, async (_request, reply) =>
      reply
        .type(type)
        .header('cache-control', 'public, max-age=3600')
        .send(await readFile(join(DIRECTORY, name))),
    );
  }
}
