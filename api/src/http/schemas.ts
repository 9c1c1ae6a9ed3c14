import type { FastifyInstance } from 'fastify';
import {
  Type,
  type Static,
  type TLiteral,
  type TNull,
  type TObject,
  type TSchema,
  type TUnion,
  type TUnsafe,
} from 'typebox';
import { FIELD_CODES, PROBLEM_CODES } from '../errors.ts';
import { MOST_COUNTED } from '../jobs/job-list.ts';
import { VALUE_BYTES } from '../jobs/job-summaries.ts';
import { ORIGINS, STATUSES } from '../jobs/jobs.ts';
import { ATTEMPT_OUTCOMES, SHOWN_ATTEMPTS } from '../jobs/single-job/attempts.ts';
import { WAITING_FOR } from '../jobs/single-job/waiting.ts';

export const PAGE_SIZE = 20;
/** What PostgreSQL can hold: no NUL and no lone surrogate. */
const TEXT = '^[^\\u0000\\uD800-\\uDFFF]*$';

const Time = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });
const AnyValue = Type.Unsafe<unknown>({});

/** More than the longest e-mail address, password and name take with each character as an escape. */
export const ACCOUNT_BODY_BYTES = 8 * 1024;

const Email = Type.String({ format: 'email', maxLength: 254 });

export const NewAccountBody = Type.Object(
  {
    email: Email,
    password: Type.String({ minLength: 8, maxLength: 128, pattern: TEXT }),
    tenantName: Type.String({ minLength: 1, maxLength: 100, pattern: TEXT }),
  },
  { additionalProperties: false },
);

export const SignInBody = Type.Object(
  { email: Email, password: Type.String({ minLength: 1, maxLength: 128, pattern: TEXT }) },
  { additionalProperties: false },
);

const Session = Type.Object({
  accessToken: Type.String(),
  expiresInSeconds: Type.Integer(),
  user: Type.Object({
    id: Type.String({ format: 'uuid' }),
    email: Type.String(),
    tenantId: Type.String({ format: 'uuid' }),
    tenantName: Type.String(),
  }),
});

export const SessionAnswer = Type.Unsafe<Static<typeof Session>>({ $ref: 'Session#' });

const NewTextStatistics = newJob('text.statistics', {
  text: Type.String({ maxLength: 50_000, pattern: TEXT }),
});

const NewNumberPrimes = newJob('number.primes', {
  limit: Type.Integer({ minimum: 2, maximum: 5_000_000 }),
});

export const JOB_KINDS = [NewTextStatistics, NewNumberPrimes].map(({ properties }) => properties.kind.const);

type NewJob = Static<typeof NewTextStatistics> | Static<typeof NewNumberPrimes>;

export const NewJobBody: TUnsafe<NewJob> = Type.Unsafe<NewJob>({
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [NewTextStatistics, NewNumberPrimes],
});

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }),
});

const Job = Type.Object({
  id: Type.String({ format: 'uuid' }),
  kind: Type.String(),
  payload: AnyValue,
  status: Type.Enum(STATUSES),
  progress: Type.Integer({ minimum: 0, maximum: 100 }),
  attempts: Type.Integer({ minimum: 0 }),
  result: AnyValue,
  error: nullable(Type.String()),
  createdAt: Time,
  startedAt: nullable(Time),
  finishedAt: nullable(Time),
  createdBy: nullable(
    Type.String({ description: 'The e-mail address of the account that made it; null if it is not known.' }),
  ),
  origin: Type.Enum(ORIGINS, {
    description:
      'user: it was submitted, or run again. welcome: the service made it when the account was opened.',
  }),
  requestId: nullable(Type.String({ description: 'The id of the request that made it, as in the logs.' })),
  runAgainOf: nullable(
    Type.String({ format: 'uuid', description: 'The job whose input this one has been given.' }),
  ),
});

export const JobAnswer = Type.Unsafe<Static<typeof Job>>({ $ref: 'Job#' });

const JobSummary = Type.Object(
  { ...Job.properties, omitted: Type.Array(Type.Enum(['payload', 'result'] as const)) },
  {
    description:
      `A job whose payload and result are null, and named in omitted, where they take more than ` +
      `${VALUE_BYTES.toLocaleString('en')} bytes as JSON: GET /jobs/{id} has them.`,
  },
);

const JobSummaryAnswer = Type.Unsafe<Static<typeof JobSummary>>({ $ref: 'JobSummary#' });

const JobPage = Type.Object({ items: Type.Array(JobSummaryAnswer), nextCursor: nullable(Type.String()) });

export const JobPageAnswer = Type.Unsafe<Static<typeof JobPage>>({ $ref: 'JobPage#' });

/** An event of a stream. */
export const JobEvent = Type.Object({
  event: Type.Literal('progress'),
  data: Type.String({ contentMediaType: 'application/json', contentSchema: JobSummaryAnswer }),
});

const Attempt = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  startedAt: Time,
  finishedAt: nullable(Time),
  outcome: Type.Enum(ATTEMPT_OUTCOMES, {
    description: 'interrupted: the worker stopped; the job went back to the queue.',
  }),
  error: nullable(Type.String()),
});

const Attempts = Type.Object(
  { items: Type.Array(Type.Unsafe<Static<typeof Attempt>>({ $ref: 'Attempt#' })) },
  {
    description:
      `In the order in which they began, the ${SHOWN_ATTEMPTS} newest. Not among them are attempts of a worker that ended ` +
      'unexpectedly, the next one has their number, and attempts by earlier versions of the worker.',
  },
);

export const AttemptsAnswer = Type.Unsafe<Static<typeof Attempts>>({ $ref: 'Attempts#' });

const Waiting = Type.Object({
  for: Type.Enum(WAITING_FOR, {
    description:
      'worker: it is in the queue. retry: its next attempt is due at nextAttemptAt. sending: it was accepted and is not in ' +
      'the queue yet. nothing: it is running or has ended. unknown: the queue does not answer.',
  }),
  ahead: nullable(
    Type.Integer({
      minimum: 0,
      description:
        'How many jobs of the queue, of all tenants, are to be taken before it. It may grow: tenants take turns.',
    }),
  ),
  workers: nullable(Type.Integer({ minimum: 0, description: 'Workers at the queue, a few seconds ago.' })),
  nextAttemptAt: nullable(Time),
});

export const WaitingAnswer = Type.Unsafe<Static<typeof Waiting>>({ $ref: 'Waiting#' });

const Count = Type.Integer({ minimum: 0, maximum: MOST_COUNTED });

const JobCounts = Type.Object(
  {
    queued: Count,
    running: Count,
    succeeded: Count,
    failed: Count,
    cancelled: Count,
  },
  {
    description:
      `How many jobs of the tenant are stored with each status, whatever filter a list has. A count of ` +
      `${MOST_COUNTED.toLocaleString('en')} means so many or more.`,
  },
);

export const JobCountsAnswer = Type.Unsafe<Static<typeof JobCounts>>({ $ref: 'JobCounts#' });

export const JobParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: PAGE_SIZE })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    status: Type.Optional(Type.Enum(STATUSES)),
    kind: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: TEXT })),
    id: Type.Optional(
      Type.String({
        minLength: 8,
        maxLength: 36,
        pattern: '^[0-9a-fA-F-]*$',
        description: 'The id of a job, or its beginning of eight digits or more.',
      }),
    ),
    createdFrom: Type.Optional(Type.String({ format: 'date-time', description: 'This time or later.' })),
    createdBefore: Type.Optional(
      Type.String({ format: 'date-time', description: 'Earlier than this time.' }),
    ),
  },
  { additionalProperties: false },
);

export const UsageAnswer = Type.Object({ jobs: Type.Integer(), units: Type.Integer() });

const FieldError = Type.Object({
  field: Type.String(),
  code: Type.Enum(FIELD_CODES),
  params: Type.Object({
    limit: Type.Optional(
      Type.Number({
        description: 'Of too_small, too_large, too_short, too_long (in code points) and too_many_fields.',
      }),
    ),
    allowed: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Of not_allowed, wrong_format and wrong_type: the values, format or types.',
      }),
    ),
  }),
  message: Type.String(),
});

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Enum(PROBLEM_CODES, { description: 'What to translate: it stays when the detail changes.' }),
  detail: Type.String(),
  instance: Type.String(),
  errors: Type.Optional(Type.Array(Type.Unsafe<Static<typeof FieldError>>({ $ref: 'FieldError#' }))),
});

/** `$ref`s name them: each stands once in the OpenAPI document, and a client's generated types have its name. */
const NAMED_SCHEMAS = {
  Session,
  Job,
  JobSummary,
  JobPage,
  JobCounts,
  Attempt,
  Attempts,
  Waiting,
  FieldError,
  Problem,
};

export function addSchemas(app: FastifyInstance): void {
  for (const [name, schema] of Object.entries(NAMED_SCHEMAS)) app.addSchema({ ...schema, $id: name });
}

/** The error responses of a route, as problem details. */
export function problems(...statuses: number[]): Record<number, TSchema> {
  const answer = (status: number): TSchema =>
    Type.Unsafe({
      description: DESCRIPTIONS[status],
      content: {
        'application/problem+json': { schema: Type.Unsafe({ $ref: 'Problem#' }) },
      },
    });
  return Object.fromEntries([...statuses, 400, 429, 500, 503].map((status) => [status, answer(status)]));
}

const DESCRIPTIONS: Record<number, string> = {
  400: 'The request is not valid.',
  401: 'There is no valid session.',
  404: 'It does not exist, or belongs to another tenant.',
  409: 'The e-mail address has an account, or the job has ended.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The key was used for another request.',
  429: 'There were too many requests.',
  500: 'An internal error occurred.',
  503: 'A dependency of the service is not available.',
};

function newJob<Kind extends string, Payload extends Record<string, TSchema>>(
  kind: Kind,
  payload: Payload,
): TObject<{ kind: TLiteral<Kind>; payload: TObject<Payload> }> {
  return Type.Object(
    { kind: Type.Literal(kind), payload: Type.Object(payload, { additionalProperties: false }) },
    { additionalProperties: false },
  );
}

function nullable<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  return Type.Union([schema, Type.Null()]);
}
