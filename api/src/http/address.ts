import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

const IPV6_SUBNET = 64;

/** By which a client is counted: one network of IPv6, for a client has all its addresses. */
export function addressOf(request: FastifyRequest): string {
  return normalizeIP(request.ip, IPV6_SUBNET);
}
