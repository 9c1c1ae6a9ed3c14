import { authenticate, findUser, normalizeEmail } from '../../accounts/accounts.ts';
import { Problem } from '../../errors.ts';
import { addressOf } from '../address.ts';
import type { App, Context } from '../context.ts';
import { ACCOUNT_BODY_BYTES, problems, SessionAnswer, SignInBody } from '../schemas.ts';
import { answerSession, COOKIE, REFRESH_COOKIE } from './session.ts';

export function sessionRoutes(app: App, context: Context): void {
  const { database, guessLimits, refreshTokens } = context;

  app.post(
    '/sessions',
    {
      bodyLimit: ACCOUNT_BODY_BYTES,
      onRequest: (request) => guessLimits.countAddress(addressOf(request)),
      schema: {
        summary: 'Sign in',
        tags: ['sessions'],
        body: SignInBody,
        response: { 201: SessionAnswer, ...problems(401, 413, 415) },
      },
    },
    async (request, reply) => {
      const email = normalizeEmail(request.body.email);
      const user = await guessLimits.attempt(email, addressOf(request), () =>
        authenticate(database, email, request.body.password),
      );
      if (!user) throw new Problem(401, 'credentials_wrong', 'The e-mail address or the password is wrong.');
      const session = await answerSession(context, reply, user, await refreshTokens.start(user.id));
      return reply.code(201).send(session);
    },
  );

  app.post(
    '/sessions/refresh',
    {
      schema: {
        summary:
          'Get new tokens for the refresh cookie. Again within a minute, until the new one is used: the same',
        tags: ['sessions'],
        response: { 200: SessionAnswer, ...problems(401) },
      },
    },
    async (request, reply) => {
      const token = request.cookies[REFRESH_COOKIE] ?? '';
      const userId = await refreshTokens.userOf(token);
      // Before the rotation: a database that is away for long must not use up the token.
      const user = userId === undefined ? undefined : await findUser(database, userId);
      const next = user && (await refreshTokens.rotate(token));
      if (user && next !== undefined) return answerSession(context, reply, user, next);
      reply.clearCookie(REFRESH_COOKIE, COOKIE);
      throw new Problem(401, 'session_ended', 'The session has ended. Sign in again.');
    },
  );

  app.delete(
    '/sessions',
    {
      schema: {
        summary: 'Sign out',
        tags: ['sessions'],
        response: { 204: { type: 'null', description: 'There is no session any more.' }, ...problems() },
      },
    },
    async (request, reply) => {
      await refreshTokens.end(request.cookies[REFRESH_COOKIE] ?? '');
      return reply.clearCookie(REFRESH_COOKIE, COOKIE).code(204).send(null);
    },
  );
}
