import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { ACCESS_TOKEN_SECONDS } from '../../accounts/access-tokens.ts';
import type { User } from '../../accounts/accounts.ts';
import { REFRESH_TOKEN_SECONDS, sessionOf } from '../../accounts/refresh-tokens.ts';
import { type Context } from '../context.ts';
import type { SessionAnswer } from '../schemas.ts';

export const REFRESH_COOKIE = 'refresh_token';

export const COOKIE: CookieSerializeOptions = {
  path: '/api/v1/sessions',
  httpOnly: true,
  secure: true,
  sameSite: 'strict',
};

export async function answerSession(
  { accessTokens }: Context,
  reply: FastifyReply,
  user: User,
  refreshToken: string,
): Promise<Static<typeof SessionAnswer>> {
  reply.setCookie(REFRESH_COOKIE, refreshToken, { ...COOKIE, maxAge: REFRESH_TOKEN_SECONDS });
  return {
    accessToken: await accessTokens.issue(
      { userId: user.id, tenantId: user.tenantId },
      sessionOf(refreshToken),
    ),
    expiresInSeconds: ACCESS_TOKEN_SECONDS,
    user,
  };
}
