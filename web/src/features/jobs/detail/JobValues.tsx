import { type ReactElement, type ReactNode, useId } from 'react';
import type { Job } from '../../../api/jobs.ts';
import { CopyButton } from '../CopyButton.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import type { Language, Translate } from '../../../i18n/language.ts';
import { lengthOf } from '../../../i18n/locale.ts';
import { fieldName } from '../../../i18n/messages.ts';
import { shortId, textOf } from '../input.ts';
import { download } from './download.ts';

/** Characters beyond which a text would fill the page. */
const LONG = 200;

export function JobInput({ job: { payload } }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  return (
    <ValuesSection title={t('job.input')} value={payload}>
      <CopyButton text={textToCopy(payload)} label={t('copy.input')} />
    </ValuesSection>
  );
}

/** Its result, or why there is none. */
export function JobOutcome({ job }: { job: Job }): ReactElement | null {
  const { t } = useLocalisation();
  if (job.status === 'succeeded') {
    return (
      <ValuesSection title={t('job.result')} value={job.result}>
        <CopyButton text={textToCopy(job.result)} label={t('copy.result')} />
        <button
          type="button"
          className="quiet"
          onClick={() => {
            download(JSON.stringify(job.result, null, 2), `${job.kind}-${shortId(job.id)}.json`);
          }}
        >
          {t('job.download')}
        </button>
      </ValuesSection>
    );
  }
  if (job.error === null) return null;
  return (
    <section aria-labelledby="error">
      <h2 id="error">{t(job.status === 'failed' ? 'job.failed' : 'job.lastError')}</h2>
      <p className="problem" lang="en">
        {job.error}
      </p>
    </section>
  );
}

function ValuesSection({
  title,
  value,
  children,
}: {
  title: string;
  value: unknown;
  children: ReactNode;
}): ReactElement {
  const { t } = useLocalisation();
  const id = useId();
  const fields =
    typeof value === 'object' && value !== null
      ? Object.entries<unknown>({ ...value })
      : [[title, value] as const];
  return (
    <section aria-labelledby={id}>
      <div className="bar">
        <h2 id={id}>{title}</h2>
        <div className="tools">{children}</div>
      </div>
      <dl>
        {fields.map(([name, part]) => (
          <Value key={name} name={fieldName(name, t)} value={part} />
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
      <dd>
        {Array.isArray(value) ? (
          <ul className="values">
            {value.map((part, index) => (
              <li key={index}>{shown(part, language, t)}</li>
            ))}
          </ul>
        ) : (
          <Text name={name} text={typeof value === 'string' ? value : shown(value, language, t)} />
        )}
      </dd>
    </>
  );
}

/** A long text scrolls in a box of its own. */
function Text({ name, text }: { name: string; text: string }): ReactElement {
  if (text.length <= LONG && !text.includes('\n')) return <>{text}</>;
  return <textarea readOnly aria-label={name} rows={6} value={text} />;
}

function shown(value: unknown, language: Language, t: Translate): string {
  if (typeof value === 'string') return shortened(value, t);
  if (typeof value !== 'object' || value === null) return textOf(value, language);
  return Object.values<unknown>({ ...value })
    .map((part) => shown(part, language, t))
    .join(' × ');
}

function shortened(text: string, t: Translate): string {
  const count = lengthOf(text);
  return count > LONG ? t('result.cut', { text: Array.from(text).slice(0, LONG).join(''), count }) : text;
}

/** What was typed, where it is but one text; else JSON. */
function textToCopy(value: unknown): string {
  const parts = typeof value === 'object' && value !== null ? Object.values<unknown>({ ...value }) : [value];
  return parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : JSON.stringify(value, null, 2);
}
