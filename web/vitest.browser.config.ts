import { defineConfig } from 'vitest/config';

/** Browser tests of one run share a server, so files run one after the other. Those of `vitest.alone.config.ts` are not among them. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/alone/**'],
    globalSetup: ['tests/harness/ground.ts'],
    fileParallelism: false,
    // Of a file whose tests say so: two visitors at a time are as many as a small machine has processors for.
    maxConcurrency: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
