import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { ahead } from './build/ahead.ts';
import { compressed } from './build/compress.ts';
import { groups } from './build/groups.ts';

const server = process.env.MAYFLY_SERVER ?? 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [react(), ahead('/src/ahead.ts'), compressed()],
  // Nothing is put into the page or a style sheet as `data:`: the content policy names files of ours and nothing else.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    rolldownOptions: { output: { codeSplitting: { groups } } },
    // Of the libraries, unpacked. What counts is what is sent, and tests/alone/budget.test.ts counts that.
    chunkSizeWarningLimit: 600,
  },
  // The `Host` header stays, because the server compares it with the `Origin` that the browser sends.
  server: { host: '127.0.0.1', proxy: { '/api': { target: server, changeOrigin: false } } },
});
