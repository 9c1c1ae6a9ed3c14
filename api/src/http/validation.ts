import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import type { FieldCode, FieldError, FieldParams } from '../errors.ts';
import { createValidators } from './schema-compilers.ts';

/** Each wrong field is named: in a body of more fields than any has, none, for a client could make the answer long. */
const MOST_FIELDS = 20;
const TOO_MANY_FIELDS: FastifySchemaValidationError[] = [
  {
    keyword: 'maxProperties',
    instancePath: '',
    schemaPath: '',
    params: { limit: MOST_FIELDS },
    message: `must have at most ${MOST_FIELDS} fields`,
  },
];

export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const validatorOf = createValidators();
  return (route) => {
    const validate = validatorOf(route);
    if (route.httpPart !== 'body' && route.httpPart !== 'querystring') return validate;
    return (data: unknown) => {
      if (countFields(data) > MOST_FIELDS) return { error: TOO_MANY_FIELDS };
      return validate(data) || { error: validate.errors ?? [] };
    };
  };
}

/** Of objects and of those in them; it stops at the first too many. */
function countFields(data: unknown): number {
  const rest = [data];
  let count = 0;
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const field in value) {
      count += 1;
      if (count > MOST_FIELDS) return count;
      rest.push(value[field as keyof typeof value]);
    }
  }
  return count;
}

/** What an answer repeats of a client's input has this length at most. */
export const REPEATED = 100;

const CODES: Partial<Record<string, FieldCode>> = {
  additionalProperties: 'unknown_field',
  const: 'not_allowed',
  discriminator: 'not_allowed',
  enum: 'not_allowed',
  format: 'wrong_format',
  maximum: 'too_large',
  maxLength: 'too_long',
  maxProperties: 'too_many_fields',
  minimum: 'too_small',
  minLength: 'too_short',
  pattern: 'invalid_characters',
  required: 'missing',
  type: 'wrong_type',
};

/** Ajv's messages of these repeat the schema's own notation. */
const MESSAGES: Partial<Record<FieldCode, string>> = {
  invalid_characters: 'has characters that are not allowed',
  not_allowed: 'is not one of the allowed values',
};

export function fieldError({
  instancePath,
  keyword,
  params,
  message,
}: FastifySchemaValidationError): FieldError {
  const inner = params.missingProperty ?? params.additionalProperty ?? params.tag;
  const path = instancePath.split('/').slice(1);
  if (typeof inner === 'string') path.push(inner);
  const code = CODES[keyword] ?? 'invalid';
  return {
    field: path.join('.').slice(0, REPEATED),
    code,
    params: fieldParams(params),
    message: MESSAGES[code] ?? message ?? 'is not valid',
  };
}

function fieldParams(params: Record<string, unknown>): FieldParams {
  const { limit } = params;
  const allowed = params.allowedValues ?? params.allowedValue ?? params.format ?? params.type;
  return {
    ...(typeof limit === 'number' ? { limit } : {}),
    ...(allowed === undefined ? {} : { allowed: [allowed].flat().map(String) }),
  };
}
