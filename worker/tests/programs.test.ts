import { expect, it } from 'vitest';
import { requiredPrograms } from './support/programs.ts';

it.each([
  ['', []],
  ['all', ['postgresql', 'redis-server', 'rabbitmq-server', 'moto_server']],
  ['all but moto_server', ['postgresql', 'redis-server', 'rabbitmq-server']],
  ['all  but rabbitmq-server postgresql', ['redis-server', 'moto_server']],
])('REQUIRE_PROGRAMS="%s" requires %j', (value, required) => {
  expect(requiredPrograms(value)).toEqual(required);
});

it.each([' ', '1', 'true', 'all but', 'all moto_server', 'but moto_server', 'all but pulumi', 'All'])(
  'REQUIRE_PROGRAMS="%s" is an error',
  (value) => {
    expect(() => requiredPrograms(value)).toThrow('write all, or all but some of: postgresql');
  },
);
