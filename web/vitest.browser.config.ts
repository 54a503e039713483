import { defineConfig } from 'vitest/config';

/** Browser tests share one server and one browser, so files run one after the other. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/harness/ground.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
