import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import type { FieldCode, FieldError, FieldParams } from '../errors.ts';

/** The schemas are those of the code: to hold each against JSON Schema's own would take a tenth of the start. */
const OPTIONS: Options = {
  allErrors: true,
  useDefaults: true,
  discriminator: true,
  removeAdditional: false,
  meta: false,
  validateSchema: false,
};

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

/** Without the prefix `urn:uuid:`, which ajv-formats allows: RFC 9562's text form, as PostgreSQL reads it. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Strings are coerced to numbers in the query and in parameters, never in a body. There numbers are not strict: Ajv would
 * hold 1e400, which is Infinity, against no maximum.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const strict = validator({});
  const coercing = validator({ coerceTypes: true, strictNumbers: false });
  return ({ schema, httpPart }) => {
    const validate = (httpPart === 'body' ? strict : coercing).compile(schema);
    if (httpPart !== 'body' && httpPart !== 'querystring') return validate;
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

function validator(options: Options): Ajv {
  const ajv = new Ajv({ ...OPTIONS, ...options });
  formats(ajv);
  ajv.addFormat('uuid', UUID);
  return ajv;
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
