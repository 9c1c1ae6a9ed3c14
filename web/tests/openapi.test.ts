import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypescript, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

const GENERATED = join(import.meta.dirname, '../src/api/openapi.generated.ts');
const DOCUMENT = join(import.meta.dirname, '../../api/openapi.json');

it('the generated types are those of the API, as `npm run openapi` writes them', async () => {
  const nodes = await openapiTypescript(pathToFileURL(DOCUMENT));
  expect(readFileSync(GENERATED, 'utf8')).toBe(COMMENT_HEADER + astToString(nodes));
});
