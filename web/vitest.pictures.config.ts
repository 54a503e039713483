import { defineConfig } from 'vitest/config';

/** Takes a picture of every page and compares it with the one in `docs/images`; with `MAYFLY_NEW_PICTURES` it replaces that. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/looks/**/*.ts'],
    globalSetup: ['tests/harness/ground.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
