import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './build/compress.ts';

const server = process.env.MAYFLY_SERVER ?? 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [react(), compressed()],
  // Nothing is put into the page or a style sheet as `data:`: the content policy names files of ours and nothing else.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    // Icons are a few hundred bytes each: one file of them all is smaller than a file for each that pages share.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'icons', test: /@tabler[\\/]icons-react/ }] } },
    },
  },
  // The `Host` header stays, because the server compares it with the `Origin` that the browser sends.
  server: { host: '127.0.0.1', proxy: { '/api': { target: server, changeOrigin: false } } },
});
