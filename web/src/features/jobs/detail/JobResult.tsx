import type { ReactElement } from 'react';
import type { Job } from '../../../api/jobs.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import type { Translate } from '../../../i18n/language.ts';
import { lengthOf, localeOf } from '../../../i18n/locale.ts';
import { resultName } from '../../../i18n/messages.ts';

/** Characters of a word beyond which it would fill the page. */
const LONG = 200;

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
  const { t, language } = useLocalisation();
  return (
    <>
      <dt>{name}</dt>
      <dd>{shown(value, t, localeOf(language))}</dd>
    </>
  );
}

function shown(value: unknown, t: Translate, locale: string): string {
  if (typeof value === 'number') return value.toLocaleString(locale);
  if (typeof value === 'string') return shortened(value, t);
  if (Array.isArray(value)) return value.map((part) => shown(part, t, locale)).join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.values(value)
      .map((part) => shown(part, t, locale))
      .join(' × ');
  }
  return '';
}

function shortened(text: string, t: Translate): string {
  const count = lengthOf(text);
  return count > LONG ? t('result.cut', { text: Array.from(text).slice(0, LONG).join(''), count }) : text;
}
