import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

const OPTIONS: Options = { allErrors: true, useDefaults: true, discriminator: true, removeAdditional: false };

/** Strings are coerced to numbers in the query and in parameters, never in a body. */
export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const strict = formats(new Ajv(OPTIONS));
  const coercing = formats(new Ajv({ ...OPTIONS, coerceTypes: true }));
  return ({ schema, httpPart }) => (httpPart === 'body' ? strict : coercing).compile(schema);
}
