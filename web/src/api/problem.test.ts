import { expect, test } from 'vitest';
import { ApiError, faultsByField } from './problem.ts';

const issue = { path: ['body', 'provider', 'inputs', 'url'], code: 'bad', message: 'is no address' };

test('faults of several fields are found by name', () => {
  const error = new ApiError(422, { message: [issue], code: 'validation_failure' });
  expect(faultsByField(error)).toEqual({ url: 'is no address' });
  expect(error.message).toBe('is no address');
});

test('so is the fault of one field, which stands in the details', () => {
  const details = [{ path: ['name'], code: 'taken', message: 'is taken' }];
  expect(faultsByField(new ApiError(400, { message: 'the name is taken', details }))).toEqual({
    name: 'is taken',
  });
});

test('missing permissions are no faults of fields', () => {
  const details = [{ action: ['read'], subject: 'audit-logs' }];
  expect(faultsByField(new ApiError(403, { message: 'no', details }))).toEqual({});
});
