import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const DOCS_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE'];
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts', 'src/migrate.ts', 'src/delete-old-jobs.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['@node-rs/argon2', 'msgpackr-extract', 'pg-native'],
  banner: {
    js: [
      "import { createRequire as createRequireOfModule } from 'node:module';",
      'const require = createRequireOfModule(import.meta.url);',
      'const __filename = import.meta.filename;',
      'const __dirname = import.meta.dirname;',
    ].join('\n'),
  },
});
await mkdir('dist/docs');
await Promise.all(DOCS_FILES.map((file) => cp(join(swagger, file), join('dist/docs', file))));
await cp('migrations', 'dist/migrations', { recursive: true });
