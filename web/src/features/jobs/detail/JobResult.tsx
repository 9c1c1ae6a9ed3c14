import type { ReactElement } from 'react';
import type { Job } from '../../../api/jobs.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import { resultName } from '../../../i18n/messages.ts';

export function JobResult({ job }: { job: Job }): ReactElement | null {
  const { t } = useLocalisation();
  if (job.status === 'failed') {
    return (
      <section aria-labelledby="outcome">
        <h2 id="outcome">{t('job.error')}</h2>
        <p>{job.error}</p>
      </section>
    );
  }
  if (typeof job.result !== 'object' || job.result === null) return null;
  return (
    <section aria-labelledby="outcome">
      <h2 id="outcome">{t('job.result')}</h2>
      <dl>
        {Object.entries<unknown>({ ...job.result }).map(([name, value]) => (
          <Value key={name} name={resultName(name, t)} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Value({ name, value }: { name: string; value: unknown }): ReactElement {
  const { language } = useLocalisation();
  return (
    <>
      <dt>{name}</dt>
      <dd>{shown(value, language)}</dd>
    </>
  );
}

function shown(value: unknown, language: string): string {
  if (typeof value === 'number') return value.toLocaleString(language);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((part) => shown(part, language)).join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.values(value)
      .map((part) => shown(part, language))
      .join(' × ');
  }
  return '';
}
