// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the types are those of the description of the API', { timeout: 60_000 }, () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [, source, , target, ...flags] = scripts.generate.split(' ');
  const program = 'node_modules/openapi-typescript/bin/cli.js';
  const fresh = execFileSync(process.execPath, [program, source, ...flags], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  expect(fresh.trim() === readFileSync(target, 'utf8').trim(), 'run `npm run generate`').toBe(true);
});
