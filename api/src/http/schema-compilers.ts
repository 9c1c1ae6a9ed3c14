/** What makes functions of the schemas. The build puts the functions themselves in the place of this file (build.js). */
import compilerOf from '@fastify/fast-json-stringify-compiler';
import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';

type Factories = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
export type SerializerFactory = NonNullable<Factories['buildSerializer']>;
/** Of Ajv's own compiler, though Fastify calls it with a route's schema as any other (`compileSchemasForValidation`). */
export type ValidatorFactory = NonNullable<Factories['buildValidator']>;

/** The schemas are those of the code: none is held against JSON Schema's own. */
const OPTIONS: Options = {
  allErrors: true,
  useDefaults: true,
  discriminator: true,
  removeAdditional: false,
  meta: false,
  validateSchema: false,
};

/** Without the prefix `urn:uuid:`, which ajv-formats allows: RFC 9562's text form, as PostgreSQL reads it. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const createSerializers: SerializerFactory = compilerOf();

export function createValidators(): FastifySchemaCompiler<TSchema> {
  const validatorOf = createAjv();
  return ({ schema, httpPart }) => validatorOf(httpPart).compile(schema);
}

/**
 * Strings are coerced to numbers in the query and in parameters, never in a body. There numbers are not strict: Ajv would
 * hold 1e400, which is Infinity, against no maximum.
 */
export function createAjv(code: Options['code'] = {}): (httpPart: string | undefined) => Ajv {
  const strict = validator({ code });
  const coercing = validator({ code, coerceTypes: true, strictNumbers: false });
  return (httpPart) => (httpPart === 'body' ? strict : coercing);
}

function validator(options: Options): Ajv {
  const ajv = new Ajv({ ...OPTIONS, ...options });
  formats(ajv);
  ajv.addFormat('uuid', UUID);
  return ajv;
}
