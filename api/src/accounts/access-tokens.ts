import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { SigningKey } from '../config.ts';

export const ACCESS_TOKEN_SECONDS = 600;

const ISSUER = 'plataforma';
const AUDIENCE = 'plataforma-api';
/** Tokens of half a kilobyte. */
const REMEMBERED = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whom a token names. */
export interface Account {
  userId: string;
  tenantId: string;
}

export interface Identity extends Account {
  /** Undefined in a token of a version that did not name the session. */
  sessionId: string | undefined;
  expiresAt: Date;
}

/** Signs with the first key and verifies with all of them: a key can be rotated without ending sessions. */
export class AccessTokens {
  readonly #signing: { id: string; key: Uint8Array };
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #verified = new LRUCache<string, Identity>({ max: REMEMBERED });

  constructor(keys: readonly [SigningKey, ...SigningKey[]]) {
    const encoder = new TextEncoder();
    this.#keys = new Map(keys.map(({ id, secret }) => [id, encoder.encode(secret)]));
    this.#signing = { id: keys[0].id, key: encoder.encode(keys[0].secret) };
  }

  issue(account: Account, sessionId: string): Promise<string> {
    return new SignJWT({ tid: account.tenantId, sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', kid: this.#signing.id, typ: 'JWT' })
      .setSubject(account.userId)
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .sign(this.#signing.key);
  }

  /** Of a token that was verified here before and has not expired: a verification takes longer than all else of a read. */
  remembered(token: string): Identity | undefined {
    const identity = this.#verified.get(token);
    return identity && Date.now() < identity.expiresAt.getTime() ? identity : undefined;
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
      const { sub, tid, sid, exp = 0 } = payload;
      if (typeof sub !== 'string' || typeof tid !== 'string' || !UUID.test(sub) || !UUID.test(tid))
        return undefined;
      const sessionId = typeof sid === 'string' ? sid : undefined;
      const identity = { userId: sub, tenantId: tid, sessionId, expiresAt: new Date(exp * 1_000) };
      this.#verified.set(token, identity);
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
