import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { compileSchemas } from './compiled-schemas.ts';

const DOCS_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE'];
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/**
 * What few processes load is a bundle of its own. It shares no module with the others, so it may import none that has a
 * class or a state of the program.
 */
const APART = ['src/broker/sqs.ts', 'src/observability/tracing-export.ts'];
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    const names = APART.map((path) => basename(path, '.ts'));
    onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path }) => {
      const name = basename(path, '.ts');
      return kind === 'dynamic-import' && names.includes(name)
        ? { path: `./${name}.js`, external: true }
        : undefined;
    });
  },
};

/** Fastify requires them when it is given no compilers, or to inject requests. */
const UNUSED = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'];

/** The functions of the schemas in the place of what would make them at each start. */
const compiled = {
  name: 'compiled',
  async setup({ onResolve, onLoad }) {
    const { index, modules } = await compileSchemas();
    const namespace = 'compiled';
    const loaded = { loader: 'js', resolveDir: import.meta.dirname };
    onResolve({ filter: /\/schema-compilers\.ts$/ }, () => ({ path: 'index', namespace }));
    onResolve({ filter: /^compiled:/ }, ({ path }) => ({ path: path.replace('compiled:', ''), namespace }));
    onLoad({ filter: /^index$/, namespace }, () => ({ ...loaded, contents: index }));
    onLoad({ filter: /^\d+$/, namespace }, ({ path }) => ({ ...loaded, contents: modules[Number(path)] }));
  },
};

/** Of BullMQ what is imported: its package.json does not say `sideEffects: false`, as its modules would allow. */
const shaken = {
  name: 'shaken',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(bullmq$|\.)/ }, async ({ path, pluginData, ...from }) => {
      const isOfBullmq = path === 'bullmq' || from.importer.includes('/node_modules/bullmq/');
      if (!isOfBullmq || pluginData === 'shaken') return undefined;
      return { ...(await resolve(path, { ...from, pluginData: 'shaken' })), sideEffects: false };
    });
  },
};

/** Of what BullMQ imports: no native addon, which the image has not either, and no cron expressions, for no job has one. */
const LIGHTER = {
  msgpackr: 'msgpackr/pack',
  'cron-parser': 'data:text/javascript,export const CronExpressionParser = undefined;',
};

await rm('dist', { recursive: true, force: true });
// CommonJS: to import node:http as a module loads undici with it, and Node compiles one script faster than modules.
await build({
  entryPoints: ['src/main.ts', 'src/migrate.ts', 'src/delete-old-jobs.ts', ...APART],
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  mainFields: ['module', 'main'],
  define: { 'import.meta.dirname': '__dirname' },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['@node-rs/argon2', 'pg-native', ...UNUSED],
  alias: LIGHTER,
  plugins: [apart, compiled, shaken],
});
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await mkdir('dist/docs');
await Promise.all(DOCS_FILES.map((file) => cp(join(swagger, file), join('dist/docs', file))));
await cp('migrations', 'dist/migrations', { recursive: true });
