import { createAccount } from '../../accounts/accounts.ts';
import { addressOf } from '../address.ts';
import type { App, Context } from '../context.ts';
import { ACCOUNT_BODY_BYTES, NewAccountBody, problems, SessionAnswer } from '../schemas.ts';
import { answerSession } from './session.ts';

export function accountRoutes(app: App, context: Context): void {
  const { database, eventsRelay, guessLimits, refreshTokens } = context;

  app.post(
    '/accounts',
    {
      bodyLimit: ACCOUNT_BODY_BYTES,
      onRequest: (request) => guessLimits.countAddress(addressOf(request)),
      schema: {
        summary: 'Open an account and sign in',
        tags: ['sessions'],
        body: NewAccountBody,
        response: { 201: SessionAnswer, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const session = await createAccount(database, request.body, request.id, async (user) =>
        answerSession(context, reply, user, await refreshTokens.start(user.id)),
      );
      eventsRelay.wake();
      return reply.code(201).send(session);
    },
  );
}
