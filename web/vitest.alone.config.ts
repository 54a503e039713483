import { defineConfig } from 'vitest/config';
import browser from './vitest.browser.config.ts';

/** Browser tests that nothing else may run beside: they hold milliseconds and frames, or look at all of the cluster. */
export default defineConfig({
  test: { ...browser.test, include: ['tests/alone/**/*.test.ts'], exclude: [] },
});
