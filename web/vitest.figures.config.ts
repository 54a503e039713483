import { defineConfig } from 'vitest/config';
import browser from './vitest.browser.config.ts';

/** Browser tests that hold figures, in milliseconds and frames: nothing else may run beside them. */
export default defineConfig({ test: { ...browser.test, include: ['tests/figures/*.test.ts'] } });
