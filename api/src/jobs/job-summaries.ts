import { COMMON_COLUMNS, type Job } from './jobs.ts';

/** Characters of an error's text that a summary carries. */
const ERROR_CHARACTERS = 1_000;
/** The bytes of a payload or a result, as JSON, that a summary carries. */
export const VALUE_BYTES = 1_024;
/** As JSONB a short value may take more bytes than as JSON: numbers do. */
const STORED_BYTES = 4 * VALUE_BYTES;

/** A job in a list or an event: long values are null there and named in `omitted`. */
export interface JobSummary extends Job {
  omitted: ('payload' | 'result')[];
}

export const SUMMARY_COLUMNS = `${COMMON_COLUMNS}, ${short('payload')}, ${short('result')},
  left(error, ${ERROR_CHARACTERS}) AS error,
  array_remove(ARRAY[${nameOfLong('payload')}, ${nameOfLong('result')}], NULL) AS omitted`;

/**
 * Neither fetches nor decompresses a long value: PostgreSQL compresses values, and stores them apart, only in rows of
 * more than 2 KB (PostgreSQL documentation, "TOAST").
 */
function isLong(column: string): string {
  return `CASE WHEN ${column} IS NULL THEN false
    WHEN pg_column_compression(${column}) IS NOT NULL OR pg_column_size(${column}) > ${STORED_BYTES} THEN true
    ELSE octet_length(${column}::text) > ${VALUE_BYTES} END`;
}

function short(column: string): string {
  return `CASE WHEN NOT (${isLong(column)}) THEN ${column} END AS ${column}`;
}

function nameOfLong(column: string): string {
  return `CASE WHEN ${isLong(column)} THEN '${column}' END`;
}
