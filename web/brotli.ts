import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import type { Plugin } from 'vite';

const compressed = promisify(brotliCompress);

/** Writes each asset once more, compressed, where infra/nginx/frontend.conf looks for it. */
export function brotli(): Plugin {
  return {
    name: 'brotli',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      for (const file of Object.values(bundle)) {
        if (!file.fileName.startsWith('assets/')) continue;
        const path = join(dir, 'br', file.fileName);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, await compressed(file.type === 'chunk' ? file.code : file.source));
      }
    },
  };
}
