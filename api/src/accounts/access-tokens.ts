import { jwtVerify, SignJWT } from 'jose';
import type { SigningKey } from '../config.ts';

export const ACCESS_TOKEN_SECONDS = 600;

const ISSUER = 'plataforma';
const AUDIENCE = 'plataforma-api';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Identity {
  userId: string;
  tenantId: string;
}

/** Signs with the first key and verifies with all of them: a key can be rotated without ending sessions. */
export class AccessTokens {
  readonly #signing: { id: string; key: Uint8Array };
  readonly #keys: ReadonlyMap<string, Uint8Array>;

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

  /** Undefined for a token that this service did not sign, or that has expired. */
  async verify(token: string): Promise<Identity | undefined> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#key(kid), {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'tid', 'iat', 'exp'],
      });
      const { sub, tid } = payload;
      if (typeof sub !== 'string' || typeof tid !== 'string' || !UUID.test(sub) || !UUID.test(tid))
        return undefined;
      return { userId: sub, tenantId: tid };
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
