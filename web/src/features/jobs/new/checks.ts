import type { NewJob } from '../../../api/jobs.ts';
import type { Problems } from '../../../components/form.ts';
import { lengthOf } from '../../../i18n/locale.ts';

const TEXT_LENGTH = 50_000;
const LEAST_LIMIT = 2;
const GREATEST_LIMIT = 5_000_000;

export type JobField = 'text' | 'limit';

export function checkJob(job: NewJob): Problems<JobField> {
  if (job.kind === 'text.statistics') {
    const { text } = job.payload;
    if (text.trim() === '') return { text: 'field.required' };
    return lengthOf(text) > TEXT_LENGTH ? { text: 'field.tooLong' } : {};
  }
  const { limit } = job.payload;
  const good = Number.isInteger(limit) && limit >= LEAST_LIMIT && limit <= GREATEST_LIMIT;
  return good ? {} : { limit: 'field.limit' };
}
