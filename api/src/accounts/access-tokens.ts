import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { SigningKey } from '../config.ts';

export const ACCESS_TOKEN_SECONDS = 600;

const ISSUER = 'plataforma';
const AUDIENCE = 'plataforma-api';
/** Tokens of half a kilobyte. */
const REMEMBERED = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Identity {
  userId: string;
  tenantId: string;
}

/** Signs with the first key and verifies with all of them: a key can be rotated without ending sessions. */
export class AccessTokens {
  readonly #signing: { id: string; key: Uint8Array };
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #verified = new LRUCache<string, { identity: Identity; endsAt: number }>({ max: REMEMBERED });

  constructor(keys: readonly [SigningKey, ...SigningKey[]]) {
    const encoder = new TextEncoder();
    this.#keys = new Map(keys.map(({ id, secret }) => [id, encoder.encode(secret)]));
    this.#signing = { id: keys[0].id, key: encoder.encode(keys[0].secret) };
  }

  issue(identity: Identity): Promise<string> {
    return new SignJWT({ tid: identity.tenantId })
      .setProtectedHeader({ alg: 'HS256', kid: this.#signing.id, typ: 'JWT' })
      .setSubject(identity.userId)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .sign(this.#signing.key);
  }

  /** Of a token that was verified here before and has not expired: a verification takes longer than all else of a read. */
  remembered(token: string): Identity | undefined {
    const verified = this.#verified.get(token);
    return verified && Date.now() < verified.endsAt ? verified.identity : undefined;
  }

  /** Undefined for a token that this service did not sign, or that has expired. */
  async verify(token: string): Promise<Identity | undefined> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#key(kid), {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'tid', 'iat', 'exp'],
      });
      const { sub, tid, exp = 0 } = payload;
      if (typeof sub !== 'string' || typeof tid !== 'string' || !UUID.test(sub) || !UUID.test(tid))
        return undefined;
      const identity = { userId: sub, tenantId: tid };
      this.#verified.set(token, { identity, endsAt: exp * 1000 });
      return identity;
    } catch {
      return undefined;
    }
  }

  #key(id: string | undefined): Uint8Array {
    const key = this.#keys.get(id ?? '');
    if (!key) throw new Error('unknown key id');
    return key;
  }
}
