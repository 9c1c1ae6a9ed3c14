import { expect, it } from 'vitest';
import { addressOf } from '../src/http/address.ts';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:db8::1', '2001:db8::'],
  ['::2:3:4:5:6:7:8', '0:2:3:4::'],
  ['1:2:3::', '1:2:3::'],
  ['::1', '::'],
  ['fe80::1%eth0', 'fe80::'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:CB00:7107', '203.0.113.7'],
  ['Not-an-address', 'not-an-address'],
])('counts %s as %s', (ip, counted) => {
  expect(addressOf({ ip })).toBe(counted);
});
