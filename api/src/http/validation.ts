import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

const OPTIONS: Options = { allErrors: true, useDefaults: true, discriminator: true, removeAdditional: false };

/** Without the prefix `urn:uuid:`, which ajv-formats allows: RFC 9562's text form, as PostgreSQL reads it. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Strings are coerced to numbers in the query and in parameters, never in a body. There numbers are not strict: Ajv would
 * hold 1e400, which is Infinity, against no maximum.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const strict = validator({});
  const coercing = validator({ coerceTypes: true, strictNumbers: false });
  return ({ schema, httpPart }) => (httpPart === 'body' ? strict : coercing).compile(schema);
}

function validator(options: Options): Ajv {
  const ajv = new Ajv({ ...OPTIONS, ...options });
  formats(ajv);
  ajv.addFormat('uuid', UUID);
  return ajv;
}
