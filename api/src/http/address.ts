import { isIPv6, SocketAddress } from 'node:net';
import type { FastifyRequest } from 'fastify';

const GROUPS = 8;
const NETWORK_GROUPS = 4;
/** As a socket of both families has an IPv4 client (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:([\d.]+)$/;

/** By which a client is counted: one network of IPv6 (/64), for a client has all its addresses. */
export function addressOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  if (!isIPv6(ip)) return ip.toLowerCase();
  const address = canonical(ip.replace(/%.*/, ''));
  return MAPPED.exec(address)?.[1] ?? canonical(`${networkOf(address)}::`);
}

function networkOf(address: string): string {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':'));
  const zeros = Array<string>(Math.max(0, GROUPS - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail]
    .slice(0, NETWORK_GROUPS)
    .map((group) => group || '0')
    .join(':');
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}
