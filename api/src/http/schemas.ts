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
import { VALUE_BYTES } from '../jobs/job-summaries.ts';

export const PAGE_SIZE = 20;
/** What PostgreSQL can hold: no NUL and no lone surrogate. */
const TEXT = '^[^\\u0000\\uD800-\\uDFFF]*$';
const STATUSES = ['queued', 'running', 'succeeded', 'failed'] as const;

const Time = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });
const AnyValue = Type.Unsafe<unknown>({});

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

export const JobParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: PAGE_SIZE })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    status: Type.Optional(Type.Enum(STATUSES)),
  },
  { additionalProperties: false },
);

export const UsageAnswer = Type.Object({ jobs: Type.Integer(), units: Type.Integer() });

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
});

/** `$ref`s name them: each stands once in the OpenAPI document, and a client's generated types have its name. */
export const NAMED_SCHEMAS = { Session, Job, JobSummary, JobPage, Problem };

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
  409: 'The e-mail address has an account.',
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
