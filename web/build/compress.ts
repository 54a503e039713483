import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXTS = /\.(js|css|html|svg)$/;
/** Below this many bytes the headers are longer than what is saved. */
const SMALLEST = 1_024;

/** Beside each text that gets smaller by it, the same packed as `.br` and `.gz`, which the server hands out as it is. */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (TEXTS.test(name)) pack(join(folder, name));
      }
    },
  };
}

function pack(path: string): void {
  const text = readFileSync(path);
  if (text.length < SMALLEST) return;
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
  const params = { [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
}
