import { defineConfig } from 'vitest/config';
import { brotli } from './brotli.ts';

const GATEWAY = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [brotli()],
  server: { host: '127.0.0.1', proxy: { '/api': GATEWAY, '/config.json': GATEWAY } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // "use client" in TanStack Query's files.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
